export const base = {
  base: {},
};
