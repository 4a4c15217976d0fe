/** Tables of memory objects and of contents. */
import { BLOCK_SIZE, HASH_SIZE, POSITION_BITS, POSITIONS } from './format.js';
import type { Table } from './table.js';

export const OBJECTS: Table = {
  name: 'objects',
  doc: 'The things that are mapped: files, memfds, shared memory segments.',
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: 'Number of the object.' },
    { name: 'kind', type: 'TEXT', doc: '`file`: only private mappings show it. `shared`: shared mappings change it.' },
    { name: 'path', type: 'TEXT', doc: 'As /proc/PID/maps names it; of what nobody maps, and calls moved to standard output or error unseen, "(standard output)" or "(standard error)".' },
    { name: 'device', type: 'INTEGER', doc: 'Device of the file, stat(2).' },
    { name: 'inode', type: 'INTEGER', doc: 'Inode of the file, stat(2), as a signed 64-bit number.' },
    { name: 'size', type: 'INTEGER', doc: 'Bytes when it was first mapped.' },
    { name: 'checksum', type: 'INTEGER', doc: 'CRC-32 over the other columns of the row, as a signed 32-bit number.' },
  ],
};

export const OBJECT_CONTENTS: Table = {
  name: 'object_contents',
  doc: 'What an object held when it was first mapped, in pieces; only the pieces that were mapped.',
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: `event * ${POSITIONS} + position.` },
    { name: 'event', type: 'INTEGER', generated: `id >> ${POSITION_BITS}`, doc: 'The event whose effects map the piece.' },
    { name: 'position', type: 'INTEGER', generated: `id & ${POSITIONS - 1}`, doc: "Place among the event's pieces: 0, 1, 2 …" },
    { name: 'object', type: 'INTEGER', doc: 'The object.' },
    { name: 'offset', type: 'INTEGER', doc: 'Byte offset in the object.' },
    { name: 'size', type: 'INTEGER', doc: 'Number of bytes; what lies behind them is zero or past the end.' },
    { name: 'bytes', type: 'BLOB', doc: 'The bytes, where they are few.', absent: 'see content' },
    { name: 'content', type: 'INTEGER', doc: 'The bytes, where they are many: id in contents.', absent: 'see bytes' },
  ],
};

export const CONTENTS: Table = {
  name: 'contents',
  doc: 'Byte strings, each stored once (or a few times in a very long trace).',
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: 'Number of the content, from 1.' },
    { name: 'hash', type: 'BLOB', doc: `The first ${HASH_SIZE} bytes of the SHA-256 of the bytes.` },
    { name: 'block', type: 'INTEGER', doc: 'The block that they begin in.' },
    { name: 'offset', type: 'INTEGER', doc: 'Where they begin in the block when it is unpacked. They may go on in the blocks with the next numbers.' },
    { name: 'size', type: 'INTEGER', doc: 'Number of bytes.' },
  ],
};

export const BLOCKS: Table = {
  name: 'blocks',
  doc: `Contents one behind the other, cut into ${BLOCK_SIZE} bytes each and packed.`,
  columns: [
    { name: 'id', type: 'INTEGER', key: true, doc: 'Number of the block, from 1.' },
    { name: 'method', type: 'INTEGER', doc: 'How it is packed: 0 not at all, 1 Brotli (RFC 7932), 2 Zstandard (RFC 8878, since version 6).' },
    { name: 'size', type: 'INTEGER', doc: 'Bytes when unpacked.' },
    { name: 'bytes', type: 'BLOB', doc: 'The packed bytes.' },
  ],
};
