package io.dengine.config;

/** Settings of one concern. A configuration holds one of each kind, by default that kind's {@code DEFAULT}; without a default, none. */
public sealed interface Section
        permits StorageSettings,
                Election,
                Limits,
                LogSettings,
                WatchSettings,
                Peering,
                SnapshotSettings,
                Security,
                ApiSettings {}
