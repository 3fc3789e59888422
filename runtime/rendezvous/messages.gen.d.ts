import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace tsmpi. */
export namespace tsmpi {

    /** Namespace rendezvous. */
    namespace rendezvous {

        /** Namespace v1. */
        namespace v1 {

            /**
             * Properties of a FromSandbox.
             * @deprecated Use tsmpi.rendezvous.v1.FromSandbox.$Properties instead.
             */
            interface IFromSandbox extends tsmpi.rendezvous.v1.FromSandbox.$Properties {
            }

            /** Represents a FromSandbox. */
            class FromSandbox {

                /**
                 * Constructs a new FromSandbox.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.FromSandbox.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** FromSandbox meshId. */
                meshId: string;

                /** FromSandbox epoch. */
                epoch: number;

                /** FromSandbox hello. */
                hello: (tsmpi.rendezvous.v1.Hello|null);

                /** FromSandbox connected. */
                connected: (tsmpi.rendezvous.v1.Connected|null);

                /** FromSandbox heartbeat. */
                heartbeat: (tsmpi.rendezvous.v1.Heartbeat|null);

                /** FromSandbox rankOver. */
                rankOver: (tsmpi.rendezvous.v1.RankOver|null);

                /** FromSandbox abort. */
                abort: (tsmpi.rendezvous.v1.Abort|null);

                /** FromSandbox stdinTaken. */
                stdinTaken: (tsmpi.rendezvous.v1.StdinTaken|null);

                /** FromSandbox goodbye. */
                goodbye: (tsmpi.rendezvous.v1.Goodbye|null);

                /** FromSandbox link. */
                link: (tsmpi.rendezvous.v1.Link|null);

                /** FromSandbox ask. */
                ask: (tsmpi.rendezvous.v1.Ask|null);

                /** FromSandbox body. */
                body?: ("hello"|"connected"|"heartbeat"|"rankOver"|"abort"|"stdinTaken"|"goodbye"|"link"|"ask");

                /**
                 * Encodes the specified FromSandbox message. Does not implicitly {@link tsmpi.rendezvous.v1.FromSandbox.verify|verify} messages.
                 * @param message FromSandbox message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.FromSandbox.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a FromSandbox message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.FromSandbox & tsmpi.rendezvous.v1.FromSandbox.$Shape} FromSandbox
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.FromSandbox & tsmpi.rendezvous.v1.FromSandbox.$Shape;
            }

            namespace FromSandbox {

                /** Properties of a FromSandbox. */
                interface $Properties {

                    /** FromSandbox meshId */
                    meshId?: string;

                    /** FromSandbox epoch */
                    epoch?: number;

                    /** FromSandbox hello */
                    hello?: (tsmpi.rendezvous.v1.Hello.$Properties|null);

                    /** FromSandbox connected */
                    connected?: (tsmpi.rendezvous.v1.Connected.$Properties|null);

                    /** FromSandbox heartbeat */
                    heartbeat?: (tsmpi.rendezvous.v1.Heartbeat.$Properties|null);

                    /** FromSandbox rankOver */
                    rankOver?: (tsmpi.rendezvous.v1.RankOver.$Properties|null);

                    /** FromSandbox abort */
                    abort?: (tsmpi.rendezvous.v1.Abort.$Properties|null);

                    /** FromSandbox stdinTaken */
                    stdinTaken?: (tsmpi.rendezvous.v1.StdinTaken.$Properties|null);

                    /** FromSandbox goodbye */
                    goodbye?: (tsmpi.rendezvous.v1.Goodbye.$Properties|null);

                    /** FromSandbox link */
                    link?: (tsmpi.rendezvous.v1.Link.$Properties|null);

                    /** FromSandbox ask */
                    ask?: (tsmpi.rendezvous.v1.Ask.$Properties|null);

                    /** FromSandbox body */
                    body?: ("hello"|"connected"|"heartbeat"|"rankOver"|"abort"|"stdinTaken"|"goodbye"|"link"|"ask");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a FromSandbox. */
                type $Shape = {
                  meshId?: string;
                  epoch?: number;
                  hello?: tsmpi.rendezvous.v1.Hello.$Shape|null;
                  connected?: tsmpi.rendezvous.v1.Connected.$Shape|null;
                  heartbeat?: tsmpi.rendezvous.v1.Heartbeat.$Shape|null;
                  rankOver?: tsmpi.rendezvous.v1.RankOver.$Shape|null;
                  abort?: tsmpi.rendezvous.v1.Abort.$Shape|null;
                  stdinTaken?: tsmpi.rendezvous.v1.StdinTaken.$Shape|null;
                  goodbye?: tsmpi.rendezvous.v1.Goodbye.$Shape|null;
                  link?: tsmpi.rendezvous.v1.Link.$Shape|null;
                  ask?: tsmpi.rendezvous.v1.Ask.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; hello?: null; connected?: null; heartbeat?: null; rankOver?: null; abort?: null; stdinTaken?: null; goodbye?: null; link?: null; ask?: null }|{ body?: "hello"; hello: tsmpi.rendezvous.v1.Hello.$Shape; connected?: null; heartbeat?: null; rankOver?: null; abort?: null; stdinTaken?: null; goodbye?: null; link?: null; ask?: null }|{ body?: "connected"; hello?: null; connected: tsmpi.rendezvous.v1.Connected.$Shape; heartbeat?: null; rankOver?: null; abort?: null; stdinTaken?: null; goodbye?: null; link?: null; ask?: null }|{ body?: "heartbeat"; hello?: null; connected?: null; heartbeat: tsmpi.rendezvous.v1.Heartbeat.$Shape; rankOver?: null; abort?: null; stdinTaken?: null; goodbye?: null; link?: null; ask?: null }|{ body?: "rankOver"; hello?: null; connected?: null; heartbeat?: null; rankOver: tsmpi.rendezvous.v1.RankOver.$Shape; abort?: null; stdinTaken?: null; goodbye?: null; link?: null; ask?: null }|{ body?: "abort"; hello?: null; connected?: null; heartbeat?: null; rankOver?: null; abort: tsmpi.rendezvous.v1.Abort.$Shape; stdinTaken?: null; goodbye?: null; link?: null; ask?: null }|{ body?: "stdinTaken"; hello?: null; connected?: null; heartbeat?: null; rankOver?: null; abort?: null; stdinTaken: tsmpi.rendezvous.v1.StdinTaken.$Shape; goodbye?: null; link?: null; ask?: null }|{ body?: "goodbye"; hello?: null; connected?: null; heartbeat?: null; rankOver?: null; abort?: null; stdinTaken?: null; goodbye: tsmpi.rendezvous.v1.Goodbye.$Shape; link?: null; ask?: null }|{ body?: "link"; hello?: null; connected?: null; heartbeat?: null; rankOver?: null; abort?: null; stdinTaken?: null; goodbye?: null; link: tsmpi.rendezvous.v1.Link.$Shape; ask?: null }|{ body?: "ask"; hello?: null; connected?: null; heartbeat?: null; rankOver?: null; abort?: null; stdinTaken?: null; goodbye?: null; link?: null; ask: tsmpi.rendezvous.v1.Ask.$Shape })
                );
            }

            /**
             * Properties of a FromLauncher.
             * @deprecated Use tsmpi.rendezvous.v1.FromLauncher.$Properties instead.
             */
            interface IFromLauncher extends tsmpi.rendezvous.v1.FromLauncher.$Properties {
            }

            /** Represents a FromLauncher. */
            class FromLauncher {

                /**
                 * Constructs a new FromLauncher.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.FromLauncher.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** FromLauncher meshId. */
                meshId: string;

                /** FromLauncher epoch. */
                epoch: number;

                /** FromLauncher welcome. */
                welcome: (tsmpi.rendezvous.v1.Welcome|null);

                /** FromLauncher refused. */
                refused: (tsmpi.rendezvous.v1.Refused|null);

                /** FromLauncher roster. */
                roster: (tsmpi.rendezvous.v1.Roster|null);

                /** FromLauncher go. */
                go: (tsmpi.rendezvous.v1.Go|null);

                /** FromLauncher heartbeat. */
                heartbeat: (tsmpi.rendezvous.v1.Heartbeat|null);

                /** FromLauncher failed. */
                failed: (tsmpi.rendezvous.v1.Failed|null);

                /** FromLauncher abort. */
                abort: (tsmpi.rendezvous.v1.Abort|null);

                /** FromLauncher stdin. */
                stdin: (tsmpi.rendezvous.v1.Stdin|null);

                /** FromLauncher goodbye. */
                goodbye: (tsmpi.rendezvous.v1.Goodbye|null);

                /** FromLauncher link. */
                link: (tsmpi.rendezvous.v1.Link|null);

                /** FromLauncher departed. */
                departed: (tsmpi.rendezvous.v1.Departed|null);

                /** FromLauncher answer. */
                answer: (tsmpi.rendezvous.v1.Answer|null);

                /** FromLauncher left. */
                left: (tsmpi.rendezvous.v1.Left|null);

                /** FromLauncher body. */
                body?: ("welcome"|"refused"|"roster"|"go"|"heartbeat"|"failed"|"abort"|"stdin"|"goodbye"|"link"|"departed"|"answer"|"left");

                /**
                 * Encodes the specified FromLauncher message. Does not implicitly {@link tsmpi.rendezvous.v1.FromLauncher.verify|verify} messages.
                 * @param message FromLauncher message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.FromLauncher.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a FromLauncher message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.FromLauncher & tsmpi.rendezvous.v1.FromLauncher.$Shape} FromLauncher
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.FromLauncher & tsmpi.rendezvous.v1.FromLauncher.$Shape;
            }

            namespace FromLauncher {

                /** Properties of a FromLauncher. */
                interface $Properties {

                    /** FromLauncher meshId */
                    meshId?: string;

                    /** FromLauncher epoch */
                    epoch?: number;

                    /** FromLauncher welcome */
                    welcome?: (tsmpi.rendezvous.v1.Welcome.$Properties|null);

                    /** FromLauncher refused */
                    refused?: (tsmpi.rendezvous.v1.Refused.$Properties|null);

                    /** FromLauncher roster */
                    roster?: (tsmpi.rendezvous.v1.Roster.$Properties|null);

                    /** FromLauncher go */
                    go?: (tsmpi.rendezvous.v1.Go.$Properties|null);

                    /** FromLauncher heartbeat */
                    heartbeat?: (tsmpi.rendezvous.v1.Heartbeat.$Properties|null);

                    /** FromLauncher failed */
                    failed?: (tsmpi.rendezvous.v1.Failed.$Properties|null);

                    /** FromLauncher abort */
                    abort?: (tsmpi.rendezvous.v1.Abort.$Properties|null);

                    /** FromLauncher stdin */
                    stdin?: (tsmpi.rendezvous.v1.Stdin.$Properties|null);

                    /** FromLauncher goodbye */
                    goodbye?: (tsmpi.rendezvous.v1.Goodbye.$Properties|null);

                    /** FromLauncher link */
                    link?: (tsmpi.rendezvous.v1.Link.$Properties|null);

                    /** FromLauncher departed */
                    departed?: (tsmpi.rendezvous.v1.Departed.$Properties|null);

                    /** FromLauncher answer */
                    answer?: (tsmpi.rendezvous.v1.Answer.$Properties|null);

                    /** FromLauncher left */
                    left?: (tsmpi.rendezvous.v1.Left.$Properties|null);

                    /** FromLauncher body */
                    body?: ("welcome"|"refused"|"roster"|"go"|"heartbeat"|"failed"|"abort"|"stdin"|"goodbye"|"link"|"departed"|"answer"|"left");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a FromLauncher. */
                type $Shape = {
                  meshId?: string;
                  epoch?: number;
                  welcome?: tsmpi.rendezvous.v1.Welcome.$Shape|null;
                  refused?: tsmpi.rendezvous.v1.Refused.$Shape|null;
                  roster?: tsmpi.rendezvous.v1.Roster.$Shape|null;
                  go?: tsmpi.rendezvous.v1.Go.$Shape|null;
                  heartbeat?: tsmpi.rendezvous.v1.Heartbeat.$Shape|null;
                  failed?: tsmpi.rendezvous.v1.Failed.$Shape|null;
                  abort?: tsmpi.rendezvous.v1.Abort.$Shape|null;
                  stdin?: tsmpi.rendezvous.v1.Stdin.$Shape|null;
                  goodbye?: tsmpi.rendezvous.v1.Goodbye.$Shape|null;
                  link?: tsmpi.rendezvous.v1.Link.$Shape|null;
                  departed?: tsmpi.rendezvous.v1.Departed.$Shape|null;
                  answer?: tsmpi.rendezvous.v1.Answer.$Shape|null;
                  left?: tsmpi.rendezvous.v1.Left.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; welcome?: null; refused?: null; roster?: null; go?: null; heartbeat?: null; failed?: null; abort?: null; stdin?: null; goodbye?: null; link?: null; departed?: null; answer?: null; left?: null }|{ body?: "welcome"; welcome: tsmpi.rendezvous.v1.Welcome.$Shape; refused?: null; roster?: null; go?: null; heartbeat?: null; failed?: null; abort?: null; stdin?: null; goodbye?: null; link?: null; departed?: null; answer?: null; left?: null }|{ body?: "refused"; welcome?: null; refused: tsmpi.rendezvous.v1.Refused.$Shape; roster?: null; go?: null; heartbeat?: null; failed?: null; abort?: null; stdin?: null; goodbye?: null; link?: null; departed?: null; answer?: null; left?: null }|{ body?: "roster"; welcome?: null; refused?: null; roster: tsmpi.rendezvous.v1.Roster.$Shape; go?: null; heartbeat?: null; failed?: null; abort?: null; stdin?: null; goodbye?: null; link?: null; departed?: null; answer?: null; left?: null }|{ body?: "go"; welcome?: null; refused?: null; roster?: null; go: tsmpi.rendezvous.v1.Go.$Shape; heartbeat?: null; failed?: null; abort?: null; stdin?: null; goodbye?: null; link?: null; departed?: null; answer?: null; left?: null }|{ body?: "heartbeat"; welcome?: null; refused?: null; roster?: null; go?: null; heartbeat: tsmpi.rendezvous.v1.Heartbeat.$Shape; failed?: null; abort?: null; stdin?: null; goodbye?: null; link?: null; departed?: null; answer?: null; left?: null }|{ body?: "failed"; welcome?: null; refused?: null; roster?: null; go?: null; heartbeat?: null; failed: tsmpi.rendezvous.v1.Failed.$Shape; abort?: null; stdin?: null; goodbye?: null; link?: null; departed?: null; answer?: null; left?: null }|{ body?: "abort"; welcome?: null; refused?: null; roster?: null; go?: null; heartbeat?: null; failed?: null; abort: tsmpi.rendezvous.v1.Abort.$Shape; stdin?: null; goodbye?: null; link?: null; departed?: null; answer?: null; left?: null }|{ body?: "stdin"; welcome?: null; refused?: null; roster?: null; go?: null; heartbeat?: null; failed?: null; abort?: null; stdin: tsmpi.rendezvous.v1.Stdin.$Shape; goodbye?: null; link?: null; departed?: null; answer?: null; left?: null }|{ body?: "goodbye"; welcome?: null; refused?: null; roster?: null; go?: null; heartbeat?: null; failed?: null; abort?: null; stdin?: null; goodbye: tsmpi.rendezvous.v1.Goodbye.$Shape; link?: null; departed?: null; answer?: null; left?: null }|{ body?: "link"; welcome?: null; refused?: null; roster?: null; go?: null; heartbeat?: null; failed?: null; abort?: null; stdin?: null; goodbye?: null; link: tsmpi.rendezvous.v1.Link.$Shape; departed?: null; answer?: null; left?: null }|{ body?: "departed"; welcome?: null; refused?: null; roster?: null; go?: null; heartbeat?: null; failed?: null; abort?: null; stdin?: null; goodbye?: null; link?: null; departed: tsmpi.rendezvous.v1.Departed.$Shape; answer?: null; left?: null }|{ body?: "answer"; welcome?: null; refused?: null; roster?: null; go?: null; heartbeat?: null; failed?: null; abort?: null; stdin?: null; goodbye?: null; link?: null; departed?: null; answer: tsmpi.rendezvous.v1.Answer.$Shape; left?: null }|{ body?: "left"; welcome?: null; refused?: null; roster?: null; go?: null; heartbeat?: null; failed?: null; abort?: null; stdin?: null; goodbye?: null; link?: null; departed?: null; answer?: null; left: tsmpi.rendezvous.v1.Left.$Shape })
                );
            }

            /**
             * Properties of a Hello.
             * @deprecated Use tsmpi.rendezvous.v1.Hello.$Properties instead.
             */
            interface IHello extends tsmpi.rendezvous.v1.Hello.$Properties {
            }

            /** Represents a Hello. */
            class Hello {

                /**
                 * Constructs a new Hello.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Hello.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Hello token. */
                token: string;

                /** Hello protocol. */
                protocol: number;

                /** Hello tsmpiVersion. */
                tsmpiVersion: string;

                /** Hello nodeVersion. */
                nodeVersion: string;

                /** Hello sandbox. */
                sandbox: number;

                /** Hello ranks. */
                ranks: number[];

                /** Hello meshAddress. */
                meshAddress: string;

                /**
                 * Encodes the specified Hello message. Does not implicitly {@link tsmpi.rendezvous.v1.Hello.verify|verify} messages.
                 * @param message Hello message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Hello message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Hello & tsmpi.rendezvous.v1.Hello.$Shape} Hello
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Hello & tsmpi.rendezvous.v1.Hello.$Shape;
            }

            namespace Hello {

                /** Properties of a Hello. */
                interface $Properties {

                    /** Hello token */
                    token?: string;

                    /** Hello protocol */
                    protocol?: number;

                    /** Hello tsmpiVersion */
                    tsmpiVersion?: string;

                    /** Hello nodeVersion */
                    nodeVersion?: string;

                    /** Hello sandbox */
                    sandbox?: number;

                    /** Hello ranks */
                    ranks?: number[];

                    /** Hello meshAddress */
                    meshAddress?: string;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Hello. */
                type $Shape = tsmpi.rendezvous.v1.Hello.$Properties;
            }

            /**
             * Properties of a Welcome.
             * @deprecated Use tsmpi.rendezvous.v1.Welcome.$Properties instead.
             */
            interface IWelcome extends tsmpi.rendezvous.v1.Welcome.$Properties {
            }

            /** Represents a Welcome. */
            class Welcome {

                /**
                 * Constructs a new Welcome.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Welcome.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Welcome outputTicket. */
                outputTicket: string;

                /**
                 * Encodes the specified Welcome message. Does not implicitly {@link tsmpi.rendezvous.v1.Welcome.verify|verify} messages.
                 * @param message Welcome message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Welcome message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Welcome & tsmpi.rendezvous.v1.Welcome.$Shape} Welcome
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Welcome & tsmpi.rendezvous.v1.Welcome.$Shape;
            }

            namespace Welcome {

                /** Properties of a Welcome. */
                interface $Properties {

                    /** Welcome outputTicket */
                    outputTicket?: string;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Welcome. */
                type $Shape = tsmpi.rendezvous.v1.Welcome.$Properties;
            }

            /**
             * Properties of a Refused.
             * @deprecated Use tsmpi.rendezvous.v1.Refused.$Properties instead.
             */
            interface IRefused extends tsmpi.rendezvous.v1.Refused.$Properties {
            }

            /** Represents a Refused. */
            class Refused {

                /**
                 * Constructs a new Refused.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Refused.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Refused code. */
                code: string;

                /** Refused words. */
                words: string;

                /**
                 * Encodes the specified Refused message. Does not implicitly {@link tsmpi.rendezvous.v1.Refused.verify|verify} messages.
                 * @param message Refused message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Refused.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Refused message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Refused & tsmpi.rendezvous.v1.Refused.$Shape} Refused
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Refused & tsmpi.rendezvous.v1.Refused.$Shape;
            }

            namespace Refused {

                /** Properties of a Refused. */
                interface $Properties {

                    /** Refused code */
                    code?: string;

                    /** Refused words */
                    words?: string;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Refused. */
                type $Shape = tsmpi.rendezvous.v1.Refused.$Properties;
            }

            /**
             * Properties of a RosterEntry.
             * @deprecated Use tsmpi.rendezvous.v1.RosterEntry.$Properties instead.
             */
            interface IRosterEntry extends tsmpi.rendezvous.v1.RosterEntry.$Properties {
            }

            /** Represents a RosterEntry. */
            class RosterEntry {

                /**
                 * Constructs a new RosterEntry.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.RosterEntry.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** RosterEntry sandbox. */
                sandbox: number;

                /** RosterEntry meshAddress. */
                meshAddress: string;

                /** RosterEntry ranks. */
                ranks: number[];

                /**
                 * Encodes the specified RosterEntry message. Does not implicitly {@link tsmpi.rendezvous.v1.RosterEntry.verify|verify} messages.
                 * @param message RosterEntry message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.RosterEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a RosterEntry message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.RosterEntry & tsmpi.rendezvous.v1.RosterEntry.$Shape} RosterEntry
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.RosterEntry & tsmpi.rendezvous.v1.RosterEntry.$Shape;
            }

            namespace RosterEntry {

                /** Properties of a RosterEntry. */
                interface $Properties {

                    /** RosterEntry sandbox */
                    sandbox?: number;

                    /** RosterEntry meshAddress */
                    meshAddress?: string;

                    /** RosterEntry ranks */
                    ranks?: number[];

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a RosterEntry. */
                type $Shape = tsmpi.rendezvous.v1.RosterEntry.$Properties;
            }

            /**
             * Properties of a Roster.
             * @deprecated Use tsmpi.rendezvous.v1.Roster.$Properties instead.
             */
            interface IRoster extends tsmpi.rendezvous.v1.Roster.$Properties {
            }

            /** Represents a Roster. */
            class Roster {

                /**
                 * Constructs a new Roster.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Roster.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Roster entries. */
                entries: tsmpi.rendezvous.v1.RosterEntry[];

                /**
                 * Encodes the specified Roster message. Does not implicitly {@link tsmpi.rendezvous.v1.Roster.verify|verify} messages.
                 * @param message Roster message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Roster.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Roster message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Roster & tsmpi.rendezvous.v1.Roster.$Shape} Roster
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Roster & tsmpi.rendezvous.v1.Roster.$Shape;
            }

            namespace Roster {

                /** Properties of a Roster. */
                interface $Properties {

                    /** Roster entries */
                    entries?: tsmpi.rendezvous.v1.RosterEntry.$Properties[];

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Roster. */
                type $Shape = tsmpi.rendezvous.v1.Roster.$Properties;
            }

            /**
             * Properties of a Connected.
             * @deprecated Use tsmpi.rendezvous.v1.Connected.$Properties instead.
             */
            interface IConnected extends tsmpi.rendezvous.v1.Connected.$Properties {
            }

            /** Represents a Connected. */
            class Connected {

                /**
                 * Constructs a new Connected.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Connected.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified Connected message. Does not implicitly {@link tsmpi.rendezvous.v1.Connected.verify|verify} messages.
                 * @param message Connected message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Connected.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Connected message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Connected & tsmpi.rendezvous.v1.Connected.$Shape} Connected
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Connected & tsmpi.rendezvous.v1.Connected.$Shape;
            }

            namespace Connected {

                /** Properties of a Connected. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Connected. */
                type $Shape = tsmpi.rendezvous.v1.Connected.$Properties;
            }

            /**
             * Properties of a Go.
             * @deprecated Use tsmpi.rendezvous.v1.Go.$Properties instead.
             */
            interface IGo extends tsmpi.rendezvous.v1.Go.$Properties {
            }

            /** Represents a Go. */
            class Go {

                /**
                 * Constructs a new Go.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Go.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified Go message. Does not implicitly {@link tsmpi.rendezvous.v1.Go.verify|verify} messages.
                 * @param message Go message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Go.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Go message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Go & tsmpi.rendezvous.v1.Go.$Shape} Go
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Go & tsmpi.rendezvous.v1.Go.$Shape;
            }

            namespace Go {

                /** Properties of a Go. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Go. */
                type $Shape = tsmpi.rendezvous.v1.Go.$Properties;
            }

            /**
             * Properties of a Heartbeat.
             * @deprecated Use tsmpi.rendezvous.v1.Heartbeat.$Properties instead.
             */
            interface IHeartbeat extends tsmpi.rendezvous.v1.Heartbeat.$Properties {
            }

            /** Represents a Heartbeat. */
            class Heartbeat {

                /**
                 * Constructs a new Heartbeat.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Heartbeat.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified Heartbeat message. Does not implicitly {@link tsmpi.rendezvous.v1.Heartbeat.verify|verify} messages.
                 * @param message Heartbeat message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Heartbeat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Heartbeat message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Heartbeat & tsmpi.rendezvous.v1.Heartbeat.$Shape} Heartbeat
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Heartbeat & tsmpi.rendezvous.v1.Heartbeat.$Shape;
            }

            namespace Heartbeat {

                /** Properties of a Heartbeat. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Heartbeat. */
                type $Shape = tsmpi.rendezvous.v1.Heartbeat.$Properties;
            }

            /**
             * Properties of an ErrorReport.
             * @deprecated Use tsmpi.rendezvous.v1.ErrorReport.$Properties instead.
             */
            interface IErrorReport extends tsmpi.rendezvous.v1.ErrorReport.$Properties {
            }

            /** Represents an ErrorReport. */
            class ErrorReport {

                /**
                 * Constructs a new ErrorReport.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.ErrorReport.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ErrorReport name. */
                name: string;

                /** ErrorReport message. */
                message: string;

                /** ErrorReport stack. */
                stack: string;

                /** ErrorReport code. */
                code: string;

                /**
                 * Encodes the specified ErrorReport message. Does not implicitly {@link tsmpi.rendezvous.v1.ErrorReport.verify|verify} messages.
                 * @param message ErrorReport message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.ErrorReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an ErrorReport message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.ErrorReport & tsmpi.rendezvous.v1.ErrorReport.$Shape} ErrorReport
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.ErrorReport & tsmpi.rendezvous.v1.ErrorReport.$Shape;
            }

            namespace ErrorReport {

                /** Properties of an ErrorReport. */
                interface $Properties {

                    /** ErrorReport name */
                    name?: string;

                    /** ErrorReport message */
                    message?: string;

                    /** ErrorReport stack */
                    stack?: string;

                    /** ErrorReport code */
                    code?: string;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an ErrorReport. */
                type $Shape = tsmpi.rendezvous.v1.ErrorReport.$Properties;
            }

            /**
             * Properties of a RankOver.
             * @deprecated Use tsmpi.rendezvous.v1.RankOver.$Properties instead.
             */
            interface IRankOver extends tsmpi.rendezvous.v1.RankOver.$Properties {
            }

            /** Represents a RankOver. */
            class RankOver {

                /**
                 * Constructs a new RankOver.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.RankOver.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** RankOver rank. */
                rank: number;

                /** RankOver exitCode. */
                exitCode: number;

                /** RankOver reason. */
                reason: string;

                /** RankOver error. */
                error: tsmpi.rendezvous.v1.ErrorReport;

                /** RankOver silent. */
                silent: boolean;

                /**
                 * Encodes the specified RankOver message. Does not implicitly {@link tsmpi.rendezvous.v1.RankOver.verify|verify} messages.
                 * @param message RankOver message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.RankOver.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a RankOver message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.RankOver & tsmpi.rendezvous.v1.RankOver.$Shape} RankOver
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.RankOver & tsmpi.rendezvous.v1.RankOver.$Shape;
            }

            namespace RankOver {

                /** Properties of a RankOver. */
                interface $Properties {

                    /** RankOver rank */
                    rank?: number;

                    /** RankOver exitCode */
                    exitCode?: number;

                    /** RankOver reason */
                    reason?: string;

                    /** RankOver error */
                    error?: tsmpi.rendezvous.v1.ErrorReport.$Properties;

                    /** RankOver silent */
                    silent?: boolean;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a RankOver. */
                type $Shape = tsmpi.rendezvous.v1.RankOver.$Properties;
            }

            /**
             * Properties of a Failed.
             * @deprecated Use tsmpi.rendezvous.v1.Failed.$Properties instead.
             */
            interface IFailed extends tsmpi.rendezvous.v1.Failed.$Properties {
            }

            /** Represents a Failed. */
            class Failed {

                /**
                 * Constructs a new Failed.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Failed.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Failed ranks. */
                ranks: number[];

                /** Failed reason. */
                reason: string;

                /** Failed signal. */
                signal: string;

                /**
                 * Encodes the specified Failed message. Does not implicitly {@link tsmpi.rendezvous.v1.Failed.verify|verify} messages.
                 * @param message Failed message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Failed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Failed message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Failed & tsmpi.rendezvous.v1.Failed.$Shape} Failed
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Failed & tsmpi.rendezvous.v1.Failed.$Shape;
            }

            namespace Failed {

                /** Properties of a Failed. */
                interface $Properties {

                    /** Failed ranks */
                    ranks?: number[];

                    /** Failed reason */
                    reason?: string;

                    /** Failed signal */
                    signal?: string;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Failed. */
                type $Shape = tsmpi.rendezvous.v1.Failed.$Properties;
            }

            /**
             * Properties of an Abort.
             * @deprecated Use tsmpi.rendezvous.v1.Abort.$Properties instead.
             */
            interface IAbort extends tsmpi.rendezvous.v1.Abort.$Properties {
            }

            /** Represents an Abort. */
            class Abort {

                /**
                 * Constructs a new Abort.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Abort.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Abort rank. */
                rank: (number|null);

                /** Abort exitCode. */
                exitCode: number;

                /** Abort reason. */
                reason: string;

                /**
                 * Encodes the specified Abort message. Does not implicitly {@link tsmpi.rendezvous.v1.Abort.verify|verify} messages.
                 * @param message Abort message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Abort.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Abort message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Abort & tsmpi.rendezvous.v1.Abort.$Shape} Abort
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Abort & tsmpi.rendezvous.v1.Abort.$Shape;
            }

            namespace Abort {

                /** Properties of an Abort. */
                interface $Properties {

                    /** Abort rank */
                    rank?: (number|null);

                    /** Abort exitCode */
                    exitCode?: number;

                    /** Abort reason */
                    reason?: string;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Abort. */
                type $Shape = tsmpi.rendezvous.v1.Abort.$Properties;
            }

            /**
             * Properties of a Stdin.
             * @deprecated Use tsmpi.rendezvous.v1.Stdin.$Properties instead.
             */
            interface IStdin extends tsmpi.rendezvous.v1.Stdin.$Properties {
            }

            /** Represents a Stdin. */
            class Stdin {

                /**
                 * Constructs a new Stdin.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Stdin.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Stdin rank. */
                rank: number;

                /** Stdin bytes. */
                bytes: Uint8Array;

                /** Stdin end. */
                end: boolean;

                /**
                 * Encodes the specified Stdin message. Does not implicitly {@link tsmpi.rendezvous.v1.Stdin.verify|verify} messages.
                 * @param message Stdin message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Stdin.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Stdin message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Stdin & tsmpi.rendezvous.v1.Stdin.$Shape} Stdin
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Stdin & tsmpi.rendezvous.v1.Stdin.$Shape;
            }

            namespace Stdin {

                /** Properties of a Stdin. */
                interface $Properties {

                    /** Stdin rank */
                    rank?: number;

                    /** Stdin bytes */
                    bytes?: Uint8Array;

                    /** Stdin end */
                    end?: boolean;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Stdin. */
                type $Shape = tsmpi.rendezvous.v1.Stdin.$Properties;
            }

            /**
             * Properties of a StdinTaken.
             * @deprecated Use tsmpi.rendezvous.v1.StdinTaken.$Properties instead.
             */
            interface IStdinTaken extends tsmpi.rendezvous.v1.StdinTaken.$Properties {
            }

            /** Represents a StdinTaken. */
            class StdinTaken {

                /**
                 * Constructs a new StdinTaken.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.StdinTaken.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** StdinTaken rank. */
                rank: number;

                /**
                 * Encodes the specified StdinTaken message. Does not implicitly {@link tsmpi.rendezvous.v1.StdinTaken.verify|verify} messages.
                 * @param message StdinTaken message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.StdinTaken.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a StdinTaken message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.StdinTaken & tsmpi.rendezvous.v1.StdinTaken.$Shape} StdinTaken
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.StdinTaken & tsmpi.rendezvous.v1.StdinTaken.$Shape;
            }

            namespace StdinTaken {

                /** Properties of a StdinTaken. */
                interface $Properties {

                    /** StdinTaken rank */
                    rank?: number;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a StdinTaken. */
                type $Shape = tsmpi.rendezvous.v1.StdinTaken.$Properties;
            }

            /**
             * Properties of a Goodbye.
             * @deprecated Use tsmpi.rendezvous.v1.Goodbye.$Properties instead.
             */
            interface IGoodbye extends tsmpi.rendezvous.v1.Goodbye.$Properties {
            }

            /** Represents a Goodbye. */
            class Goodbye {

                /**
                 * Constructs a new Goodbye.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Goodbye.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Goodbye othersStay. */
                othersStay: boolean;

                /**
                 * Encodes the specified Goodbye message. Does not implicitly {@link tsmpi.rendezvous.v1.Goodbye.verify|verify} messages.
                 * @param message Goodbye message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Goodbye.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Goodbye message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Goodbye & tsmpi.rendezvous.v1.Goodbye.$Shape} Goodbye
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Goodbye & tsmpi.rendezvous.v1.Goodbye.$Shape;
            }

            namespace Goodbye {

                /** Properties of a Goodbye. */
                interface $Properties {

                    /** Goodbye othersStay */
                    othersStay?: boolean;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Goodbye. */
                type $Shape = tsmpi.rendezvous.v1.Goodbye.$Properties;
            }

            /**
             * Properties of an Ask.
             * @deprecated Use tsmpi.rendezvous.v1.Ask.$Properties instead.
             */
            interface IAsk extends tsmpi.rendezvous.v1.Ask.$Properties {
            }

            /** Represents an Ask. */
            class Ask {

                /**
                 * Constructs a new Ask.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Ask.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Ask rank. */
                rank: number;

                /** Ask number. */
                number: number;

                /** Ask spawn. */
                spawn: (tsmpi.rendezvous.v1.Spawn|null);

                /** Ask start. */
                start: (tsmpi.rendezvous.v1.Start|null);

                /** Ask cancel. */
                cancel: (tsmpi.rendezvous.v1.Cancel|null);

                /** Ask connect. */
                connect: (tsmpi.rendezvous.v1.Connect|null);

                /** Ask request. */
                request?: ("spawn"|"start"|"cancel"|"connect");

                /**
                 * Encodes the specified Ask message. Does not implicitly {@link tsmpi.rendezvous.v1.Ask.verify|verify} messages.
                 * @param message Ask message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Ask.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Ask message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Ask & tsmpi.rendezvous.v1.Ask.$Shape} Ask
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Ask & tsmpi.rendezvous.v1.Ask.$Shape;
            }

            namespace Ask {

                /** Properties of an Ask. */
                interface $Properties {

                    /** Ask rank */
                    rank?: number;

                    /** Ask number */
                    number?: number;

                    /** Ask spawn */
                    spawn?: (tsmpi.rendezvous.v1.Spawn.$Properties|null);

                    /** Ask start */
                    start?: (tsmpi.rendezvous.v1.Start.$Properties|null);

                    /** Ask cancel */
                    cancel?: (tsmpi.rendezvous.v1.Cancel.$Properties|null);

                    /** Ask connect */
                    connect?: (tsmpi.rendezvous.v1.Connect.$Properties|null);

                    /** Ask request */
                    request?: ("spawn"|"start"|"cancel"|"connect");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of an Ask. */
                type $Shape = {
                  rank?: number;
                  number?: number;
                  spawn?: tsmpi.rendezvous.v1.Spawn.$Shape|null;
                  start?: tsmpi.rendezvous.v1.Start.$Shape|null;
                  cancel?: tsmpi.rendezvous.v1.Cancel.$Shape|null;
                  connect?: tsmpi.rendezvous.v1.Connect.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ request?: undefined; spawn?: null; start?: null; cancel?: null; connect?: null }|{ request?: "spawn"; spawn: tsmpi.rendezvous.v1.Spawn.$Shape; start?: null; cancel?: null; connect?: null }|{ request?: "start"; spawn?: null; start: tsmpi.rendezvous.v1.Start.$Shape; cancel?: null; connect?: null }|{ request?: "cancel"; spawn?: null; start?: null; cancel: tsmpi.rendezvous.v1.Cancel.$Shape; connect?: null }|{ request?: "connect"; spawn?: null; start?: null; cancel?: null; connect: tsmpi.rendezvous.v1.Connect.$Shape })
                );
            }

            /**
             * Properties of a Spawn.
             * @deprecated Use tsmpi.rendezvous.v1.Spawn.$Properties instead.
             */
            interface ISpawn extends tsmpi.rendezvous.v1.Spawn.$Properties {
            }

            /** Represents a Spawn. */
            class Spawn {

                /**
                 * Constructs a new Spawn.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Spawn.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Spawn script. */
                script: string;

                /** Spawn ranks. */
                ranks: number;

                /** Spawn args. */
                args: string[];

                /** Spawn parents. */
                parents: number[];

                /** Spawn communicator. */
                communicator: number;

                /**
                 * Encodes the specified Spawn message. Does not implicitly {@link tsmpi.rendezvous.v1.Spawn.verify|verify} messages.
                 * @param message Spawn message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Spawn.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Spawn message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Spawn & tsmpi.rendezvous.v1.Spawn.$Shape} Spawn
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Spawn & tsmpi.rendezvous.v1.Spawn.$Shape;
            }

            namespace Spawn {

                /** Properties of a Spawn. */
                interface $Properties {

                    /** Spawn script */
                    script?: string;

                    /** Spawn ranks */
                    ranks?: number;

                    /** Spawn args */
                    args?: string[];

                    /** Spawn parents */
                    parents?: number[];

                    /** Spawn communicator */
                    communicator?: number;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Spawn. */
                type $Shape = tsmpi.rendezvous.v1.Spawn.$Properties;
            }

            /**
             * Properties of a Connect.
             * @deprecated Use tsmpi.rendezvous.v1.Connect.$Properties instead.
             */
            interface IConnect extends tsmpi.rendezvous.v1.Connect.$Properties {
            }

            /** Represents a Connect. */
            class Connect {

                /**
                 * Constructs a new Connect.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Connect.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Connect job. */
                job: string;

                /** Connect ranks. */
                ranks: number[];

                /** Connect communicator. */
                communicator: number;

                /**
                 * Encodes the specified Connect message. Does not implicitly {@link tsmpi.rendezvous.v1.Connect.verify|verify} messages.
                 * @param message Connect message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Connect.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Connect message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Connect & tsmpi.rendezvous.v1.Connect.$Shape} Connect
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Connect & tsmpi.rendezvous.v1.Connect.$Shape;
            }

            namespace Connect {

                /** Properties of a Connect. */
                interface $Properties {

                    /** Connect job */
                    job?: string;

                    /** Connect ranks */
                    ranks?: number[];

                    /** Connect communicator */
                    communicator?: number;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Connect. */
                type $Shape = tsmpi.rendezvous.v1.Connect.$Properties;
            }

            /**
             * Properties of a Start.
             * @deprecated Use tsmpi.rendezvous.v1.Start.$Properties instead.
             */
            interface IStart extends tsmpi.rendezvous.v1.Start.$Properties {
            }

            /** Represents a Start. */
            class Start {

                /**
                 * Constructs a new Start.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Start.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified Start message. Does not implicitly {@link tsmpi.rendezvous.v1.Start.verify|verify} messages.
                 * @param message Start message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Start.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Start message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Start & tsmpi.rendezvous.v1.Start.$Shape} Start
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Start & tsmpi.rendezvous.v1.Start.$Shape;
            }

            namespace Start {

                /** Properties of a Start. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Start. */
                type $Shape = tsmpi.rendezvous.v1.Start.$Properties;
            }

            /**
             * Properties of a Cancel.
             * @deprecated Use tsmpi.rendezvous.v1.Cancel.$Properties instead.
             */
            interface ICancel extends tsmpi.rendezvous.v1.Cancel.$Properties {
            }

            /** Represents a Cancel. */
            class Cancel {

                /**
                 * Constructs a new Cancel.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Cancel.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified Cancel message. Does not implicitly {@link tsmpi.rendezvous.v1.Cancel.verify|verify} messages.
                 * @param message Cancel message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Cancel.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Cancel message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Cancel & tsmpi.rendezvous.v1.Cancel.$Shape} Cancel
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Cancel & tsmpi.rendezvous.v1.Cancel.$Shape;
            }

            namespace Cancel {

                /** Properties of a Cancel. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Cancel. */
                type $Shape = tsmpi.rendezvous.v1.Cancel.$Properties;
            }

            /**
             * Properties of an Answer.
             * @deprecated Use tsmpi.rendezvous.v1.Answer.$Properties instead.
             */
            interface IAnswer extends tsmpi.rendezvous.v1.Answer.$Properties {
            }

            /** Represents an Answer. */
            class Answer {

                /**
                 * Constructs a new Answer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Answer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Answer rank. */
                rank: number;

                /** Answer number. */
                number: number;

                /** Answer code. */
                code: string;

                /** Answer words. */
                words: string;

                /** Answer firstRank. */
                firstRank: number;

                /** Answer met. */
                met: tsmpi.rendezvous.v1.Met;

                /**
                 * Encodes the specified Answer message. Does not implicitly {@link tsmpi.rendezvous.v1.Answer.verify|verify} messages.
                 * @param message Answer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Answer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Answer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Answer & tsmpi.rendezvous.v1.Answer.$Shape} Answer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Answer & tsmpi.rendezvous.v1.Answer.$Shape;
            }

            namespace Answer {

                /** Properties of an Answer. */
                interface $Properties {

                    /** Answer rank */
                    rank?: number;

                    /** Answer number */
                    number?: number;

                    /** Answer code */
                    code?: string;

                    /** Answer words */
                    words?: string;

                    /** Answer firstRank */
                    firstRank?: number;

                    /** Answer met */
                    met?: tsmpi.rendezvous.v1.Met.$Properties;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Answer. */
                type $Shape = tsmpi.rendezvous.v1.Answer.$Properties;
            }

            /**
             * Properties of a Met.
             * @deprecated Use tsmpi.rendezvous.v1.Met.$Properties instead.
             */
            interface IMet extends tsmpi.rendezvous.v1.Met.$Properties {
            }

            /** Represents a Met. */
            class Met {

                /**
                 * Constructs a new Met.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Met.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Met ranks. */
                ranks: number[];

                /** Met communicator. */
                communicator: number;

                /** Met second. */
                second: boolean;

                /**
                 * Encodes the specified Met message. Does not implicitly {@link tsmpi.rendezvous.v1.Met.verify|verify} messages.
                 * @param message Met message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Met.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Met message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Met & tsmpi.rendezvous.v1.Met.$Shape} Met
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Met & tsmpi.rendezvous.v1.Met.$Shape;
            }

            namespace Met {

                /** Properties of a Met. */
                interface $Properties {

                    /** Met ranks */
                    ranks?: number[];

                    /** Met communicator */
                    communicator?: number;

                    /** Met second */
                    second?: boolean;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Met. */
                type $Shape = tsmpi.rendezvous.v1.Met.$Properties;
            }

            /**
             * Properties of a Link.
             * @deprecated Use tsmpi.rendezvous.v1.Link.$Properties instead.
             */
            interface ILink extends tsmpi.rendezvous.v1.Link.$Properties {
            }

            /** Represents a Link. */
            class Link {

                /**
                 * Constructs a new Link.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Link.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Link sandbox. */
                sandbox: number;

                /**
                 * Encodes the specified Link message. Does not implicitly {@link tsmpi.rendezvous.v1.Link.verify|verify} messages.
                 * @param message Link message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Link.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Link message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Link & tsmpi.rendezvous.v1.Link.$Shape} Link
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Link & tsmpi.rendezvous.v1.Link.$Shape;
            }

            namespace Link {

                /** Properties of a Link. */
                interface $Properties {

                    /** Link sandbox */
                    sandbox?: number;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Link. */
                type $Shape = tsmpi.rendezvous.v1.Link.$Properties;
            }

            /**
             * Properties of a Left.
             * @deprecated Use tsmpi.rendezvous.v1.Left.$Properties instead.
             */
            interface ILeft extends tsmpi.rendezvous.v1.Left.$Properties {
            }

            /** Represents a Left. */
            class Left {

                /**
                 * Constructs a new Left.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Left.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Left sandboxes. */
                sandboxes: number[];

                /**
                 * Encodes the specified Left message. Does not implicitly {@link tsmpi.rendezvous.v1.Left.verify|verify} messages.
                 * @param message Left message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Left.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Left message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Left & tsmpi.rendezvous.v1.Left.$Shape} Left
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Left & tsmpi.rendezvous.v1.Left.$Shape;
            }

            namespace Left {

                /** Properties of a Left. */
                interface $Properties {

                    /** Left sandboxes */
                    sandboxes?: number[];

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Left. */
                type $Shape = tsmpi.rendezvous.v1.Left.$Properties;
            }

            /**
             * Properties of a Departed.
             * @deprecated Use tsmpi.rendezvous.v1.Departed.$Properties instead.
             */
            interface IDeparted extends tsmpi.rendezvous.v1.Departed.$Properties {
            }

            /** Represents a Departed. */
            class Departed {

                /**
                 * Constructs a new Departed.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.Departed.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Departed ranks. */
                ranks: number[];

                /**
                 * Encodes the specified Departed message. Does not implicitly {@link tsmpi.rendezvous.v1.Departed.verify|verify} messages.
                 * @param message Departed message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.Departed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Departed message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.Departed & tsmpi.rendezvous.v1.Departed.$Shape} Departed
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.Departed & tsmpi.rendezvous.v1.Departed.$Shape;
            }

            namespace Departed {

                /** Properties of a Departed. */
                interface $Properties {

                    /** Departed ranks */
                    ranks?: number[];

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Departed. */
                type $Shape = tsmpi.rendezvous.v1.Departed.$Properties;
            }

            /**
             * Properties of an OutputMessage.
             * @deprecated Use tsmpi.rendezvous.v1.OutputMessage.$Properties instead.
             */
            interface IOutputMessage extends tsmpi.rendezvous.v1.OutputMessage.$Properties {
            }

            /** Represents an OutputMessage. */
            class OutputMessage {

                /**
                 * Constructs a new OutputMessage.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.OutputMessage.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** OutputMessage meshId. */
                meshId: string;

                /** OutputMessage epoch. */
                epoch: number;

                /** OutputMessage open. */
                open: (tsmpi.rendezvous.v1.OutputOpen|null);

                /** OutputMessage chunk. */
                chunk: (tsmpi.rendezvous.v1.OutputChunk|null);

                /** OutputMessage over. */
                over: (tsmpi.rendezvous.v1.OutputOver|null);

                /** OutputMessage body. */
                body?: ("open"|"chunk"|"over");

                /**
                 * Encodes the specified OutputMessage message. Does not implicitly {@link tsmpi.rendezvous.v1.OutputMessage.verify|verify} messages.
                 * @param message OutputMessage message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.OutputMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an OutputMessage message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.OutputMessage & tsmpi.rendezvous.v1.OutputMessage.$Shape} OutputMessage
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.OutputMessage & tsmpi.rendezvous.v1.OutputMessage.$Shape;
            }

            namespace OutputMessage {

                /** Properties of an OutputMessage. */
                interface $Properties {

                    /** OutputMessage meshId */
                    meshId?: string;

                    /** OutputMessage epoch */
                    epoch?: number;

                    /** OutputMessage open */
                    open?: (tsmpi.rendezvous.v1.OutputOpen.$Properties|null);

                    /** OutputMessage chunk */
                    chunk?: (tsmpi.rendezvous.v1.OutputChunk.$Properties|null);

                    /** OutputMessage over */
                    over?: (tsmpi.rendezvous.v1.OutputOver.$Properties|null);

                    /** OutputMessage body */
                    body?: ("open"|"chunk"|"over");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of an OutputMessage. */
                type $Shape = {
                  meshId?: string;
                  epoch?: number;
                  open?: tsmpi.rendezvous.v1.OutputOpen.$Shape|null;
                  chunk?: tsmpi.rendezvous.v1.OutputChunk.$Shape|null;
                  over?: tsmpi.rendezvous.v1.OutputOver.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; open?: null; chunk?: null; over?: null }|{ body?: "open"; open: tsmpi.rendezvous.v1.OutputOpen.$Shape; chunk?: null; over?: null }|{ body?: "chunk"; open?: null; chunk: tsmpi.rendezvous.v1.OutputChunk.$Shape; over?: null }|{ body?: "over"; open?: null; chunk?: null; over: tsmpi.rendezvous.v1.OutputOver.$Shape })
                );
            }

            /**
             * Properties of an OutputOpen.
             * @deprecated Use tsmpi.rendezvous.v1.OutputOpen.$Properties instead.
             */
            interface IOutputOpen extends tsmpi.rendezvous.v1.OutputOpen.$Properties {
            }

            /** Represents an OutputOpen. */
            class OutputOpen {

                /**
                 * Constructs a new OutputOpen.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.OutputOpen.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** OutputOpen sandbox. */
                sandbox: number;

                /** OutputOpen ticket. */
                ticket: string;

                /**
                 * Encodes the specified OutputOpen message. Does not implicitly {@link tsmpi.rendezvous.v1.OutputOpen.verify|verify} messages.
                 * @param message OutputOpen message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.OutputOpen.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an OutputOpen message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.OutputOpen & tsmpi.rendezvous.v1.OutputOpen.$Shape} OutputOpen
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.OutputOpen & tsmpi.rendezvous.v1.OutputOpen.$Shape;
            }

            namespace OutputOpen {

                /** Properties of an OutputOpen. */
                interface $Properties {

                    /** OutputOpen sandbox */
                    sandbox?: number;

                    /** OutputOpen ticket */
                    ticket?: string;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an OutputOpen. */
                type $Shape = tsmpi.rendezvous.v1.OutputOpen.$Properties;
            }

            /**
             * Properties of an OutputChunk.
             * @deprecated Use tsmpi.rendezvous.v1.OutputChunk.$Properties instead.
             */
            interface IOutputChunk extends tsmpi.rendezvous.v1.OutputChunk.$Properties {
            }

            /** Represents an OutputChunk. */
            class OutputChunk {

                /**
                 * Constructs a new OutputChunk.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.OutputChunk.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** OutputChunk sequence. */
                sequence: number;

                /** OutputChunk rank. */
                rank: number;

                /** OutputChunk stream. */
                stream: number;

                /** OutputChunk bytes. */
                bytes: Uint8Array;

                /**
                 * Encodes the specified OutputChunk message. Does not implicitly {@link tsmpi.rendezvous.v1.OutputChunk.verify|verify} messages.
                 * @param message OutputChunk message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.OutputChunk.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an OutputChunk message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.OutputChunk & tsmpi.rendezvous.v1.OutputChunk.$Shape} OutputChunk
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.OutputChunk & tsmpi.rendezvous.v1.OutputChunk.$Shape;
            }

            namespace OutputChunk {

                /** Properties of an OutputChunk. */
                interface $Properties {

                    /** OutputChunk sequence */
                    sequence?: number;

                    /** OutputChunk rank */
                    rank?: number;

                    /** OutputChunk stream */
                    stream?: number;

                    /** OutputChunk bytes */
                    bytes?: Uint8Array;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an OutputChunk. */
                type $Shape = tsmpi.rendezvous.v1.OutputChunk.$Properties;
            }

            /**
             * Properties of an OutputOver.
             * @deprecated Use tsmpi.rendezvous.v1.OutputOver.$Properties instead.
             */
            interface IOutputOver extends tsmpi.rendezvous.v1.OutputOver.$Properties {
            }

            /** Represents an OutputOver. */
            class OutputOver {

                /**
                 * Constructs a new OutputOver.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.OutputOver.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** OutputOver sequence. */
                sequence: number;

                /** OutputOver rank. */
                rank: number;

                /**
                 * Encodes the specified OutputOver message. Does not implicitly {@link tsmpi.rendezvous.v1.OutputOver.verify|verify} messages.
                 * @param message OutputOver message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.OutputOver.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an OutputOver message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.OutputOver & tsmpi.rendezvous.v1.OutputOver.$Shape} OutputOver
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.OutputOver & tsmpi.rendezvous.v1.OutputOver.$Shape;
            }

            namespace OutputOver {

                /** Properties of an OutputOver. */
                interface $Properties {

                    /** OutputOver sequence */
                    sequence?: number;

                    /** OutputOver rank */
                    rank?: number;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an OutputOver. */
                type $Shape = tsmpi.rendezvous.v1.OutputOver.$Properties;
            }

            /**
             * Properties of an OutputReceipt.
             * @deprecated Use tsmpi.rendezvous.v1.OutputReceipt.$Properties instead.
             */
            interface IOutputReceipt extends tsmpi.rendezvous.v1.OutputReceipt.$Properties {
            }

            /** Represents an OutputReceipt. */
            class OutputReceipt {

                /**
                 * Constructs a new OutputReceipt.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: tsmpi.rendezvous.v1.OutputReceipt.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** OutputReceipt meshId. */
                meshId: string;

                /** OutputReceipt epoch. */
                epoch: number;

                /** OutputReceipt messages. */
                messages: number;

                /**
                 * Encodes the specified OutputReceipt message. Does not implicitly {@link tsmpi.rendezvous.v1.OutputReceipt.verify|verify} messages.
                 * @param message OutputReceipt message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: tsmpi.rendezvous.v1.OutputReceipt.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an OutputReceipt message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {tsmpi.rendezvous.v1.OutputReceipt & tsmpi.rendezvous.v1.OutputReceipt.$Shape} OutputReceipt
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tsmpi.rendezvous.v1.OutputReceipt & tsmpi.rendezvous.v1.OutputReceipt.$Shape;
            }

            namespace OutputReceipt {

                /** Properties of an OutputReceipt. */
                interface $Properties {

                    /** OutputReceipt meshId */
                    meshId?: string;

                    /** OutputReceipt epoch */
                    epoch?: number;

                    /** OutputReceipt messages */
                    messages?: number;

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an OutputReceipt. */
                type $Shape = tsmpi.rendezvous.v1.OutputReceipt.$Properties;
            }
        }
    }
}
