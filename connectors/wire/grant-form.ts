/** The form of a grant: a JWT (RFC 7519), signed with EdDSA. */
export const grantAlgorithm = 'EdDSA';
export const grantIssuer = 'tsmpi-gateway';
/** The header of an HTTP/2 request that carries it. */
export const grantHeader = 'x-tsmpi-grant';
/** Why a request is refused, in words; and whether the agent's own list is what refuses. */
export const reasonHeader = 'x-tsmpi-reason';
