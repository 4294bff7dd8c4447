import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { peerOf } from "./tfjs.mjs";

await tf.setBackend("cpu");
export const { version, train, steps } = peerOf("cpu");
