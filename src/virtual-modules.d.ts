/** Made at build time by tools/source-listing.ts: a file of the table in src/core/sources.ts. */
declare module 'virtual:source/*' {
  // A module's declaration takes no other kind of import from a file.
  // eslint-disable-next-line @typescript-eslint/consistent-type-imports
  const listing: import('./core/sources.ts').SourceListing;
  export default listing;
}

interface ImportMetaEnv {
  /** Made at build time by tools/build-id.ts. */
  readonly BUILD_ID: string;
}
