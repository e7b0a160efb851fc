package io.dengine.config;

/** When a write counts as safe. Anything but FSYNC can lose acknowledged writes and is shown in health. */
public enum Durability {
    /** On disk, flushed, on a majority. The default. */
    FSYNC,
    /** In the operating system's cache on a majority: survives the process, not the machine. */
    OS_CACHE,
    /** In memory on a majority: nothing survives the process. For tests. */
    MEMORY
}
