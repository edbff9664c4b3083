export const predictions = {
  predictions: {},
};
