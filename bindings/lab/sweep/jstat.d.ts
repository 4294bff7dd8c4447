/** What is used of jstat, which has no types of its own. */
declare module "jstat" {
  const jstat: { readonly studentt: { inv(p: number, freedom: number): number } };
  export default jstat;
}
