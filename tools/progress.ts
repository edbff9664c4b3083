/** A run's progress on a terminal: one line that is written over; a line a stage where there is no terminal. */
import type { ComputedOn, PipelineEvent, ProgressEvent } from '../src/core/protocol.ts';

const WIDTH = 24;
/** Milliseconds between redraws. */
const REDRAW = 200;
/** Without a terminal: seconds between lines. */
const LINE_EVERY = 30;

const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/** The figures worth a look while a stage runs, in order of interest. */
const SHOWN = ['loss', 'accuracy', 'objective/scores', 'objective/gold', 'objective/kl', 'mean_token_accuracy'];

const device = ({ backend, adapter, engine, kernels }: ComputedOn): string =>
  `${backend}, ${adapter} (${engine}, ${kernels})`;

function figures(metrics: Record<string, number>): string {
  return SHOWN.filter((name) => name in metrics)
    .slice(0, 3)
    .map((name) => `${name} ${(metrics[name] as number).toFixed(3)}`)
    .join('  ');
}

export class ProgressBar {
  readonly #out = process.stdout;
  #drawn = 0;
  #lined = 0;
  /** Where the stage's clock and counter stood when this process took it up. */
  #start: { seconds: number; step: number } | null = null;

  show(event: PipelineEvent): void {
    switch (event.kind) {
      case 'stage_started':
        this.#start = null;
        this.#lined = 0;
        if (event.resumedAt > 0) this.#line(`${event.stage}: goes on from step ${event.resumedAt}`);
        break;
      case 'progress':
        this.#progress(event);
        break;
      case 'stage_done': {
        const { name, seconds, tokens, flop } = event.report;
        this.#line(`${name}: done in ${clock(seconds)}, ${tokens} tokens, ${flop.toExponential(2)} FLOP`);
        break;
      }
      case 'stage_failed': {
        const kept =
          event.keptStep === null ? 'there is no snapshot yet' : `the snapshot of step ${event.keptStep} is kept`;
        this.#line(`${event.stage}: stopped at step ${event.step}: ${event.message}; ${kept}`);
        break;
      }
      case 'storage_full':
        this.#line(`${event.message}. The run waits, and tries again by itself`);
        break;
      case 'set_aside':
        this.#line(`${event.file} is damaged and was set aside; the run goes on without it: ${event.message}`);
        break;
      case 'other_device':
        this.#line(
          `${event.stage}: begun on ${device(event.before)}, goes on on ${device(event.now)}; ` +
            'its last digits may differ from those of an unbroken run',
        );
        break;
      default:
    }
  }

  #progress(event: ProgressEvent): void {
    this.#start ??= { seconds: event.seconds, step: event.step };
    const { step, steps, seconds } = event;
    const speed = (step - this.#start.step) / (seconds - this.#start.seconds);
    const left = speed > 0 ? `${clock((steps - step) / speed)} left` : '';
    const text = `${event.stage.padEnd(6)} ${step}/${steps} ${left}  ${figures(event.metrics)}`;
    const now = performance.now();
    if (this.#out.isTTY) {
      if (now - this.#drawn < REDRAW && step < steps) return;
      this.#drawn = now;
      const filled = Math.round((WIDTH * step) / steps);
      this.#out.write(`\r\x1b[K${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${text}`);
    } else if (seconds - this.#lined >= LINE_EVERY) {
      this.#lined = seconds;
      this.#out.write(`${text}\n`);
    }
  }

  #line(text: string): void {
    this.#out.write(this.#out.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`);
  }
}
