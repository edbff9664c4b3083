export const curves = {
  curves: {
    toolbar: 'How the curves are drawn',
    x: 'Over',
    axes: { step: 'steps', tokens: 'tokens', seconds: 'seconds' },
    /** Where a point lies; seconds are written as a duration. */
    at: {
      step: (n: string) => `step ${n}`,
      tokens: (n: string) => `${n} tokens`,
    },
    stepsOnly: 'An earlier version of this page stored these curves, and kept the steps alone.',
    onlySteps: 'steps only',
    smoothing: 'Smoothing',
    smoothed: (name: string) => `${name}, smoothed`,
    measured: (value: string) => `measured ${value}`,
    log: 'Log scale',
    leftOut: (n: string) => `left out, ≤ 0: ${n}`,
    compare: 'Compare runs',
    looking: 'Looking for other runs …',
    nothingToCompare: 'No other stored run has curves of this stage. Run another seed or preset first.',
    most: (n: number) => `At most ${n} at once`,
    runs: 'Runs',
    cursor: (title: string) => `Cursor: ${title}`,
    menu: (title: string) => `More of “${title}”`,
    table: 'Table',
    image: 'Picture (PNG)',
    csv: 'All numbers (CSV)',
    noImage: 'The browser did not make the picture.',
    everyPoint: (total: string) => `All ${total} points`,
    everyNth: (n: string, total: string) =>
      `One in ${n} of all ${total} points, and the last one; the CSV has all of them`,
    all: (n: string) => `All metrics (${n} more)`,
  },
};
