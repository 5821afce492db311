/** The folder docs/ beside src/ and dist/: its pages and its examples are part of the image. */
export const docsFolder = new URL('../../docs/', import.meta.url);
