/** An SVG of the page as a picture for a report: in the page's present colours, on paper, with its title. */

const SCALE = 2;
const MARGIN = 16;
const TITLE = 28;
/** What the style sheets say and a picture has to say by itself. */
const STYLES = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
] as const;

/** PNG. Rejects where the browser makes none. */
export async function imageOfSvg(svg: SVGSVGElement, title: string): Promise<Blob> {
  const { width, height } = svg.getBoundingClientRect();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(svg, width, height))}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = SCALE * (width + 2 * MARGIN);
  canvas.height = SCALE * (height + TITLE + 2 * MARGIN);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the browser gave no canvas to draw on');
  const { backgroundColor, color, fontFamily } = paperOf(svg);
  context.scale(SCALE, SCALE);
  context.fillStyle = backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = color;
  context.font = `600 15px ${fontFamily}`;
  context.textBaseline = 'top';
  context.fillText(title, MARGIN, MARGIN, width);
  context.drawImage(image, MARGIN, MARGIN + TITLE, width, height);
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => {
      if (blob) done(blob);
      else fail(new Error('the browser made no PNG'));
    }, 'image/png');
  });
}

function textOf(svg: SVGSVGElement, width: number, height: number): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const copies = [...copy.querySelectorAll('*')];
  for (const [i, element] of [...svg.querySelectorAll('*')].entries()) {
    const style = getComputedStyle(element);
    for (const name of STYLES) copies[i]?.setAttribute(name, style.getPropertyValue(name));
  }
  return new XMLSerializer().serializeToString(copy);
}

/** The colours of the paper that it lies on: of the first element around it that has a ground. */
function paperOf(svg: Element): CSSStyleDeclaration {
  for (let element: Element | null = svg; element; element = element.parentElement) {
    const style = getComputedStyle(element);
    if (!/^(transparent|rgba\(0, 0, 0, 0\))$/.test(style.backgroundColor)) return style;
  }
  return getComputedStyle(document.documentElement);
}
