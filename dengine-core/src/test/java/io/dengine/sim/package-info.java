/**
 * The whole engine under a virtual clock, a virtual network and a virtual disk: one seed, one run. Start with
 * {@link io.dengine.sim.Simulation}.
 */
package io.dengine.sim;
