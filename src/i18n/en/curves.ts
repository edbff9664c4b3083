export const curves = {
  curves: {},
};
