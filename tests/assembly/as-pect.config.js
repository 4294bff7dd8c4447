export default {
  entries: ["tests/assembly/**/*.spec.ts"],
  include: ["tests/assembly/**/*.include.ts"],
  disclude: [/node_modules/],
  async instantiate(memory, createImports, instantiate, binary) {
    let instance;
    const myImports = { env: { memory } };
    instance = instantiate(binary, createImports(myImports));
    return instance;
  },
  outputBinary: false,
};
