import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What typed linting cannot express: rules of the house as selectors, each with the fix in its message. */
const house = [
  {
    selector: 'TSEnumDeclaration',
    message:
      'No enum: write `export const Kind = { data: 1 } as const` and `export type Kind = (typeof Kind)[keyof typeof Kind]`.',
  },
  {
    selector: 'TSModuleDeclaration[kind="namespace"]',
    message: 'No namespace: a file is a module already; export from it.',
  },
  {
    selector: 'TSParameterProperty',
    message: 'No parameter property: declare the field and assign it in the constructor.',
  },
  {
    selector: 'ExportDefaultDeclaration',
    message: 'No default export: name it, so that every file calls it the same.',
  },
];

export default defineConfig(
  // The assembly is AssemblyScript, whose own compiler checks it.
  {
    ignores: [
      'dist/',
      'site/',
      'dist.*/',
      'node_modules/',
      '**/*.gen.js',
      '**/*.gen.d.ts',
      'collectives/kernels/assembly/',
    ],
  },
  // Declarations alone, which a test reads.
  { ignores: ['test/types/contract/'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-restricted-syntax': ['error', ...house],
      'no-console': 'off',
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true, IIFEs: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `while (true)` with a `return` inside is how a protocol loop reads best.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // Arrow functions that only forward a void call read better without braces.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // node:test's `test()` returns a promise that its runner, not the file, waits for.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
      // A describe block is a list, not a function that does two things.
      'max-lines-per-function': 'off',
    },
  },
  {
    files: ['examples/**/*.ts'],
    // A loop over an array's own bounds knows that the element is there.
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
