/** Runs the task that the address names, and posts what it gives. */
import "./page.js";

const { path, task, args } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const post = (answer) => fetch(path, { method: "POST", body: JSON.stringify(answer) });
addEventListener("error", ({ message }) => post({ error: message }));
try {
  await post({ result: await globalThis.ready[task](...args) });
} catch (error) {
  await post({ error: String(error) });
}
