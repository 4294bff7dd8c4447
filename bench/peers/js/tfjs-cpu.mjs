import * as tf from "@tensorflow/tfjs";
import { peerOf } from "./tfjs.mjs";

await tf.setBackend("cpu");
export const { version, train, steps } = peerOf("cpu");
