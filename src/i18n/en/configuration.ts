export const configuration = {
  configuration: {},
};
