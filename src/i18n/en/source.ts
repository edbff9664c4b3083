export const source = {
  source: {
    open: 'Source',
    title: (curve: string) => `The source of “${curve}”`,
    lines: (first: string, last: string) => `lines ${first} to ${last}`,
    loading: 'Fetching the file …',
    failed: 'The file did not arrive. Check the connection, close this and open it again.',
    copy: 'Copy the file',
    copied: 'Copied',
    notCopied: 'The browser does not allow it. Select the text and copy it.',
  },
};
