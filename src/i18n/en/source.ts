export const source = {
  source: {},
};
