export const data = {
  data: {},
};
