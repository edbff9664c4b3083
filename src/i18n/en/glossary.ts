export const glossary = {
  glossary: {},
};
