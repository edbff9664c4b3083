/** An SVG as a picture: with the colours and the type that the page gives it now, since a picture knows no stylesheet. */
import type { Picture } from './curve-image.ts';

/** What a stylesheet decides about the shapes and texts of a chart. */
const STYLES = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
] as const;

/** An SVG that stands in the page, as large as the picture has room for. */
export function pictureOf(svg: SVGSVGElement): Picture {
  return {
    picture(width, height) {
      const { width: shownWidth, height: shownHeight } = svg.getBoundingClientRect();
      const copy = svg.cloneNode(true) as SVGSVGElement;
      const copies = [copy, ...copy.querySelectorAll<SVGElement>('*')];
      for (const [i, original] of [svg, ...svg.querySelectorAll('*')].entries()) {
        const styles = getComputedStyle(original);
        for (const name of STYLES) copies[i]?.style.setProperty(name, styles.getPropertyValue(name));
      }
      copy.setAttribute('viewBox', `0 0 ${shownWidth} ${shownHeight}`);
      copy.setAttribute('width', String(width));
      copy.setAttribute('height', String(height));
      return imageOfSvg(new XMLSerializer().serializeToString(copy));
    },
  };
}

/** Rejects where the browser does not draw it. */
export async function imageOfSvg(markup: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(markup)}`;
  await image.decode();
  return image;
}
