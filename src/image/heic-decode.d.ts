/** What is used of heic-decode, which has no types. */
declare module 'heic-decode' {
  const decode: { all: (options: { buffer: Uint8Array }) => Promise<never> };
  export default decode;
}
