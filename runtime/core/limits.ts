/**
 * Every bound in tsmpi, with its reason. Units are last in the names.
 */

/** Ranks of one job: world ranks fit 16 bits with room, and no machine we know starts more from one launcher. */
export const ranksMax = 4096;
/**
 * Numbers of ranks in one mesh, which are never given twice: those of all jobs that it has seen, and the program that
 * started them. Communicators between worlds are counted by it, and there must be enough of those for each rank.
 */
export const meshRanksMax = 16_384;
/** Ranks of one sandbox: each pair of them owns a ring, so memory grows with the square. */
export const ranksPerSandboxMax = 64;
/** Tags of user messages: MPI promises at least 32767; 31 bits are free in the header. */
export const tagMax = 0x7fff_ffff;

/**
 * Payload of one record or frame. Large enough to amortise a WebSocket frame, small enough that a ring holds several.
 */
export const chunkBytesMax = 64 * 1024;
/** Payload of one request for access to a window, or of its answer; what goes to one rank at a time, in pieces. */
export const accessBytesMax = 32 * 1024;
export const accessPiecesMax = 8;
/** A standard send up to here completes without a receive posted; longer messages are pulled by their receiver. */
export const eagerBytesMax = 16 * 1024;
/** Eager bytes that one rank may have unconsumed at one other rank; past it its sends are announced and pulled. */
export const eagerCreditBytes = 512 * 1024;
/**
 * What of a longer message follows its announcement unasked, as far as the credit goes: the round trip of asking is
 * spared, or hidden behind it.
 */
export const pushBytesMax = 256 * 1024;
/** Bytes of one pulled message that may be in flight: enough to hide two wake-ups at memory speed. */
export const pullWindowBytes = 512 * 1024;
/** The ring between a rank and its agent, which carries all remote traffic of the rank. */
export const agentRingBytes = 1024 * 1024;
/**
 * The lane between two ranks of one segment, made when they first speak: a long message is pipelined through it, so it
 * holds several chunks; with many ranks, all to all must still fit the segment.
 */
export function laneBytesOf(ranks: number): number {
  return (ranks <= 8 ? 256 : 64) * 1024;
}
/**
 * The stage beside a lane, made for its first long payload: larger than the cache that a core has to itself. With more
 * ranks than a few there would be too many of them, and no core for each.
 */
export function stageBytesOf(ranks: number): number {
  if (ranks > 4) return 0;
  return (ranks <= 2 ? 4 : 1) * 1024 * 1024;
}
/** The same as `eagerBytesMax` where there is a stage: a wait for the receiver costs as much as such a copy. */
export const stagedEagerBytesMax = 64 * 1024;
/** From so many bytes on, messages from arrays of `comm.alloc` are read where they are; shorter ones need no wait. */
export const readInPlaceBytesMin = 64 * 1024;
/** From so many bytes on, other messages are copied into the segment, and read there; what a rank may have there. */
export const stagingBytesMin = 64 * 1024;
export function stagingBytesOf(ranks: number): number {
  return (ranks <= 4 ? 8 : 1) * 1024 * 1024;
}
/** What arrays of `comm.alloc` may fill of a segment: the rest stays for lanes and staging. */
export const arraysShareOfSegment = 0.75;
/** Linux's number of the futex system call; on other machines processes share no memory. */
export const futexNumbers: Readonly<Record<string, number>> = { x64: 202, arm64: 98 };
/**
 * What a thread sleeps at most in a system call, which nothing but its end interrupts: a worker inside one keeps its
 * whole process from ending.
 */
export const futexSleepMsMax = 250;
/** A rank's output on its way to the agent. A rank that writes faster waits, as at a full pipe. */
export const outputRingBytes = 256 * 1024;
/** A rank's standard input on its way from the agent. */
export const inputRingBytes = 64 * 1024;

/** A line of output longer than this is cut into several records, so that no rank can fill the launcher's memory. */
export const lineBytesMax = 1024 * 1024;
/** Partial lines of all ranks that the launcher holds together; past it the next one is cut, however short. */
export const heldOutputBytesMax = 32 * 1024 * 1024;
/** Output waiting for a slow terminal or pipe before the ranks must wait too. */
export const waitingOutputBytesMax = 4 * 1024 * 1024;
/** The name of a job, by which others of its mesh find it. */
export const jobNameBytesMax = 256;

/** One message of output or standard input on the rendezvous stream; below the control plane's message limit. */
export const outputChunkBytes = 32 * 1024;
/** A control message of the rendezvous (a roster of `ranksMax` ranks fits); more is refused before it is parsed. */
export const controlMessageBytesMax = 256 * 1024;

/** One mesh frame: header and payload. uWebSockets.js and ws both refuse a longer one. */
export const frameBytesMax = 64 + chunkBytesMax;
/** Bytes waiting in one link's socket before its sender must wait for the drain. */
export const linkHighWaterBytes = 1024 * 1024;
/**
 * Bytes that a socket holds on their way when a rank writes it itself: a window of pulled data fits, so that the two
 * ranks need not take turns. The system gives as much of it as it allows.
 */
export const bareSendBufferBytes = 512 * 1024;
/** What a rank reads of one socket before it looks at the next, in buffers. */
export const bareReadsMax = 8;
/**
 * Ranks for each core up to which a rank looks at its sockets before it sleeps. A look is a system call, and what the
 * core is given to between two looks is mostly another rank that looks; a sleep costs one wake-up.
 */
export const bareLookingRanksPerCoreMax = 2;
/** Sockets that one look finds ready. */
export const bareEventsMax = 64;
/** Sockets that dialled the mesh and have not yet proved who they are. */
export const unauthenticatedSocketsMax = 64;
/** A mesh handshake that takes longer is cut. Generous: 32 sandboxes start at once on two cores. */
export const handshakeTimeoutMs = 20_000;
/** Request line and headers of a mesh handshake; ours have about 600 bytes. */
export const handshakeHeaderBytesMax = 8 * 1024;
/** Pause before a refused or unanswered dial is tried again, while `handshakeTimeoutMs` lasts. */
export const dialRetryMs = 50;
/** From this many sandboxes on, links open on first use: all at once they would be thousands. */
export const linksOnUseSandboxesMin = 128;
/** Where links open on use, how long the launcher gathers ranks that return before it tells of them. */
export const departureDelayMs = 20;
/** What an orderly close of the mesh may take, waiting frames included; then the sockets are cut. */
export const meshCloseTimeoutMs = 1_000;
/** Bytes of a unix socket's path: `sun_path` holds 108, with a zero at its end. */
export const unixPathBytesMax = 107;

/** How often each side of a Join stream says that it lives. */
export const heartbeatIntervalMs = 2_000;
/**
 * Silence on a Join stream after which the other side is taken for dead. Five heartbeats, for a machine with more
 * ranks than cores.
 */
export const leaseMs = 10_000;
/** Join streams that have not yet said who they are. */
export const unauthenticatedStreamsMax = 64;
/** gRPC streams on one connection: a sandbox needs two. */
export const streamsPerConnectionMax = 8;
/** HTTP/2 memory of one rendezvous connection, in MiB; nghttp2 refuses more. */
export const rendezvousSessionMiB = 4;
/** What an orderly end of the rendezvous' connections may take; then they are cut. */
export const rendezvousCloseTimeoutMs = 500;
/** Bytes of one text in a control message (a stack, a reason); the rest is cut, so that two and a frame still fit. */
export const reportTextBytesMax = 64 * 1024;
/** From start to "go": sandboxes that have not joined by then fail the start-up. */
export const startTimeoutMs = 60_000;
/** A mesh link is cut: how long its sandbox waits to hear from the launcher why, before it ends the job itself. */
export const linkLossGraceMs = 3_000;
/** A rank that ends waits so long for peers with a full ring to take its last records. */
export const exitDrainTimeoutMs = 10_000;
/** What ranks get to run their `finally` blocks once the job is aborted. */
export const abortGraceMs = 1_000;
/** After the grace: how long until a sandbox is killed from outside. */
export const killGraceMs = 1_000;

/** Records that a rank takes from one queue before it looks at the next, so that no loud sender starves the others. */
export const pollRecordsMax = 128;
/** Calls that find what they need at once, one after another, before one looks after the rank's other calls too. */
export const callsPerPoll = 64;
/**
 * How long a blocked rank with a core to itself looks for messages before it sleeps: longer than a stranger's slice of
 * the other rank's core, for the kernel puts both on the core of the one that sleeps; and so little that a rank that
 * sleeps for seconds has used none of its core.
 */
export const patienceMsMax = 6;
/** The same with more ranks than cores: well above what a wake-up costs. */
export const crowdedPatienceMsMax = 1;
/** The least that it has learnt to be worth it. */
export const patienceMsMin = 0.02;
/** What an awaited call looks for its end at most, with its thread; timers and sockets of the rank wait meanwhile. */
export const lookMsMax = 1;
/** The same for a call of many steps that takes one after another meanwhile: a few 16 MiB. */
export const lookAtProgressMsMax = 20;
/** The least: what follows took longer than a look before, and a rank that waits for long looks once. */
export const lookMsMin = 0.2;
/**
 * Call sites that are remembered for calls that wait: a few microseconds each, so one per millisecond, and this many at
 * once, for a program that starts several calls and then waits for them.
 */
export const callSiteIntervalMs = 1;
export const callSitesBurst = 32;

/** Steps of one collective: the low bits of a collective message's tag. */
export const collectiveStepsMax = 4096;

/**
 * What a rank says of data that others cannot know: type, length, and few bytes themselves. 32 fit an eager message.
 */
export const collectiveSlotBytes = 128;
/** A broadcast up to here travels with its own head; above it the length is agreed first, and chooses the algorithm. */
export const broadcastInlineBytesMax = 4096;
/** What a rank keeps of memory that collectives received into, for the next ones; and what is too short to be kept. */
export const scratchBytesMax = 32 * 1024 * 1024;
export const scratchBytesMin = 16 * 1024;
/** What a pipelined chain passes on at once: its transfer outweighs its start, and a chain of ranks is soon full. */
export const chainSegmentBytes = 32 * 1024;
/** Exchanges of an alltoall that a rank has open at once: enough that one slow peer does not hold up the others. */
export const alltoallExchangesMax = 4;
