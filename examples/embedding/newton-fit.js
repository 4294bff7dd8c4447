/**
 * `<newton-fit width="80">[[x, y], ...]</newton-fit>` draws its points and the function a network
 * learns from them, in a worker. Fires `fit` with { loss, steps } when it is done.
 */
import { Network, train } from "newton-nn";
import { draw } from "./draw.js";

export class NewtonFit extends HTMLElement {
  #interrupt = null;

  connectedCallback() {
    // The children are parsed after the element is connected.
    queueMicrotask(() => this.#fit());
  }

  disconnectedCallback() {
    this.#interrupt?.abort();
  }

  async #fit() {
    this.#interrupt = new AbortController();
    const { signal } = this.#interrupt;
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    try {
      const points = JSON.parse(this.textContent);
      const data = { x: points.map(([x]) => x), y: points.map(([, y]) => y) };
      const network = await Network.create({
        width: Number(this.getAttribute("width") ?? 50),
        activation: this.getAttribute("activation") ?? "tanh",
        worker: true,
      });
      try {
        const run = await train(network, data, { maxSteps: 500, stop: { loss: 1e-10 }, signal });
        const [low, high] = [Math.min(...data.x), Math.max(...data.x)];
        const at = Array.from({ length: 200 }, (_, i) => low + ((high - low) * i) / 199);
        const curve = await network.predict(at);
        root.innerHTML = draw(
          points,
          at.map((x, i) => [x, curve[i]]),
        );
        this.dispatchEvent(
          new CustomEvent("fit", { detail: { loss: run.loss, steps: run.steps } }),
        );
      } finally {
        network.dispose();
      }
    } catch (error) {
      const alert = document.createElement("p");
      alert.setAttribute("role", "alert");
      alert.textContent = error.message;
      root.replaceChildren(alert);
    }
  }
}

customElements.define("newton-fit", NewtonFit);
