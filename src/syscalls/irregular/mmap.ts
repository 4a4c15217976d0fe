/** The offset of mmap(2), which x86-64 takes in bytes. */
import { hex, scalar } from '../kinds/numbers.js';

export const mapOffset = scalar('map offset', { bytes: 8, show: hex });
