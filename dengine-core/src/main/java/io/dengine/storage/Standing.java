package io.dengine.storage;

/** What a storage is to its cluster. It only ever goes forward. */
public enum Standing {
    /** It was there when the cluster began: a membership that names no storages means it. */
    FOUNDER,

    /** The cluster began without it, and it has not been told yet that it was taken in. */
    JOINING,

    /** It was taken in. If the membership does not name it now, it was taken out since, and does not ask again. */
    JOINED
}
