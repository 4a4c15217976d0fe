/** Events folded into what a guest has: address spaces, and what its descriptors refer to. */
export { AddressSpace, type Mapping } from './address-space.js';
export { Descriptors, DescriptorTable, showDescriptor, type Descriptor, type DescriptorSort } from './descriptors.js';
export { ObjectNames, type ObjectName } from './object-names.js';
export { showPlace, type Place, type Region } from './place.js';
export { Spaces } from './spaces.js';
