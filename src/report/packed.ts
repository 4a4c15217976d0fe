/** Bytes as text for a page: deflated (zlib, RFC 1950), in base64. Nothing in it can end an element. */
import { deflateSync } from 'node:zlib';

export const packed = (bytes: Uint8Array | string): string => deflateSync(bytes).toString('base64');
