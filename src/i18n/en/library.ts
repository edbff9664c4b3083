export const library = {
  library: {},
};
