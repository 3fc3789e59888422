import assert from 'node:assert/strict';

/** What an example prints at a number of ranks, checked by assertions. */
export type Expectation = (stdout: string, ranks: number) => void;

/** The lines that must be the same at any number of ranks: those that do not speak of ranks. */
export function comparable(stdout: string): string {
  const lines = stdout.split('\n').filter((line) => !/\branks?\b/.test(line));
  return lines.join('\n');
}

function lines(stdout: string): string[] {
  return stdout.trimEnd().split('\n');
}

const flightsTable = [
  'Delay in minutes: -6.4913, plus -0.2960 per 1000 miles, plus 1.0102 per hour of the day',
  '',
  'below  -30 minutes     28515 █',
  'from   -30 minutes    277494 █████████',
  'from   -15 minutes   1230185 █████████████████████████████████████████',
  'from     0 minutes    837216 ████████████████████████████',
  'from    15 minutes    270959 █████████',
  'from    30 minutes    127511 ████',
  'from    45 minutes     71775 ██',
  'from    60 minutes     45750 ██',
  'from    75 minutes     30628 █',
  'from    90 minutes     21299 █',
  'from   105 minutes     15077 █',
  'from   120 minutes     11024 ',
  'from   135 minutes      7990 ',
  'from   150 minutes      5777 ',
  'from   165 minutes     18800 █',
  '',
  'origin   flights  mean delay',
  'BGR         1562      16.572',
  'SBP         1186      14.422',
  'JNU         1981      14.100',
  'MRY         1152      12.939',
  'JFK        31270      12.306',
  'EYW         1598      11.645',
  'DEN        66923      11.072',
  'FAT         1771      10.834',
  'PSP         4691      10.427',
  'PHX        93036       9.994',
];

/** By name of the example. Values were computed by hand or by a one-rank program that shares no code with tsmpi. */
export const expectations: Readonly<Record<string, Expectation>> = {
  hello: (stdout, ranks) => {
    const all = Array.from({ length: ranks }, (_, rank) => rank);
    const greetings = lines(stdout).filter((line) => line.startsWith('Hello'));
    const expected = all.map((rank) => `Hello from rank ${rank} of ${ranks}`);
    assert.deepEqual(greetings.sort(), expected.sort());
    assert.ok(lines(stdout).includes(`All ${ranks} answered, in order: ${all.join(' ')}`), stdout);
    assert.match(stdout, /^Versions of node among them: 1$/m);
  },
  ring: (stdout, ranks) => {
    assert.equal(lines(stdout)[0], `After 1000 laps the token is ${1000 * ranks}`);
    assert.match(
      lines(stdout)[1] ?? '',
      new RegExp(`^\\d+\\.\\d µs for each of ${1000 * ranks} hops between ${ranks} ranks$`),
    );
  },
  pi: (stdout) => {
    assert.equal(stdout, 'pi is about 3.1415926536\nthe error is below 1e-10: yes\n');
  },
  heat2d: (stdout) => {
    assert.deepEqual(lines(stdout), [
      'step 100: residual 0.242139077',
      'step 200: residual 0.121035695',
      'step 300: residual 0.080644327',
      'step 400: residual 0.060498635',
      'step 500: residual 0.048395731',
    ]);
  },
  flights: (stdout, ranks) => {
    assert.deepEqual(lines(comparable(stdout)), flightsTable);
    assert.match(stdout, new RegExp(`^3000000 flights on ${ranks} ranks in \\d+\\.\\d s$`, 'm'));
  },
};
