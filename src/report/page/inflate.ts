/** What an element of the page holds: base64 of zlib's format. */
export async function inflate(id: string): Promise<Uint8Array> {
  const element = document.getElementById(id);
  const binary = atob(element?.textContent ?? '');
  // Its text is of no use any more.
  element?.remove();
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
