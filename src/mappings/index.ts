/** Events folded into what a guest has: address spaces, and what its descriptors refer to. */
export { AddressSpace, type Mapping } from './address-space.js';
export { changesBetween, type SpaceChange, type SpaceChangeKind } from './changes.js';
export { Descriptors, DescriptorTable, showDescriptor, type Descriptor, type DescriptorSort } from './descriptors.js';
export { spacesAfter, type MappedTrace, type SpacesAtEvent } from './moments.js';
export { ObjectNames, type ObjectName } from './object-names.js';
export { pageLinks, type LinkEnd, type PageLink } from './page-links.js';
export { accessOf, joined } from './pieces.js';
export { showPlace, type Place, type Region } from './place.js';
export { samePages, seenElsewhere, type PagePlace, type SamePages, type SeenPart } from './same-pages.js';
export { Spaces, type LivingSpace } from './spaces.js';
export { WorkingFolders } from './working-folders.js';
