/** Every bound of connectors, with its reason. Units are last in the names. */

/** Head of a frame: its kind and the length of its payload. */
export const headBytes = 5;
/** A question or an answer, in JSON: names, numbers, a sentence. */
export const documentBytesMax = 8 * 1024;
/** Data of one frame. */
export const dataBytesMax = 1024 * 1024;
/** What each side of a stream holds before its writer waits. */
export const streamBufferBytes = 64 * 1024;

/** What a stream hands to its socket, or session, before that has taken what came earlier. */
export const writeAheadBytes = 256 * 1024;

/** HTTP/2 window of one stream: what an agent may send of it before its reader has taken any. */
export const streamWindowBytes = 1024 * 1024;
/** The same for all streams of one session together. */
export const sessionWindowBytes = 32 * 1024 * 1024;
/** HTTP/2 streams of one session at once: those of a job, and room for another. */
export const sessionStreamsMax = 1024;
/** Memory of one HTTP/2 session, in MiB; nghttp2 refuses more. */
export const sessionMemoryMiB = 128;
/** Sessions that an agent holds to its gateway: one goes on when the other is cut, or its packets are lost. */
export const agentSessions = 2;

/** How often each side of a session asks whether the other lives, and after how many silent times it does not. */
export const pingIntervalMs = 10_000;
export const pingsMissedMax = 3;
/** Between two looks whether the connection of a session was reset. */
export const lookIntervalMs = 500;
/** TLS and the first words of a session, of an enrolment and of a stream. */
export const handshakeTimeoutMs = 5_000;
/** What an agent waits for its target. */
export const targetTimeoutMs = 5_000;
/** New opens wait so long for an agent that is cut off. */
export const agentReturnTimeoutMs = 5_000;
/** What an agent waits before it dials again: between the two at random, twice as long each time. */
export const redialMsMin = 200;
export const redialMsMax = 10_000;
/** A session that stood so long was good; one that ends sooner was refused, most likely. */
export const sessionStoodMs = 1_000;
/** Before a job starts: how long its agents have to dial in. They may be waiting to dial again. */
export const agentsDialTimeoutMs = 30_000;
/** How often a file of configuration is looked at: changes reach live streams within a second. */
export const configLookMs = 250;

/** Streams at once: of a rank, of a job, of an agent. */
export const rankStreamsMax = 32;
export const jobStreamsMax = 512;
export const agentStreamsMax = 1024;
/** Opens of a rank: so many at once, and so many a second. */
export const opensBurst = 200;
export const opensPerSecond = 50;

/** A grant is used at once, or never. */
export const grantLifeMs = 60_000;
/** Certificates of agents; they are renewed when a third of it is left. */
export const certificateLifeMs = 24 * 3_600_000;
/** A token enrols one agent, within: */
export const tokenLifeMs = 3_600_000;
/** Of the authority and of the gateway itself. */
export const authorityLifeMs = 10 * 365 * 24 * 3_600_000;
/** Sockets that have not yet said who they are. */
export const strangersMax = 64;
