/** Compiled from assembly/ by `npm run generate:kernels`: WebAssembly modules in base64. */
export declare const seal: string;
export declare const modules: Readonly<Record<'sum' | 'prod' | 'min' | 'max' | 'bitwise' | 'copy', string>>;
