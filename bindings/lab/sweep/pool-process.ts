/** The script of a process of the local pool. */
import workerpool from "workerpool";
import { computeCell } from "./compute.js";

workerpool.worker({ computeCell });
