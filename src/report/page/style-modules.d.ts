/** Style sheets go into the page's own, when it is bundled. */
declare module '*.css';
