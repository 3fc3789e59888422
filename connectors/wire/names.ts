/** What resources, agents and jobs may be called. Names are all that the two sides of a connector tell each other. */

const namePattern = /^[a-z][a-z0-9-]{0,62}$/;

/** In words, for a refusal. */
export const namesAre = 'names have 1 to 63 small letters, digits and hyphens, and begin with a letter';

/** True for the name of a resource or of an agent: it is a host name as well, and a file name. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && namePattern.test(text);
}
