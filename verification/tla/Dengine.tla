------------------------------- MODULE Dengine -------------------------------
(***************************************************************************)
(* What io.dengine.raft does, as a state machine.                          *)
(*                                                                         *)
(* "Paper" is Ongaro and Ousterhout, In Search of an Understandable        *)
(* Consensus Algorithm (extended version); "thesis" is Ongaro's            *)
(* dissertation, Consensus: Bridging Theory and Practice. Names of Java    *)
(* classes and methods stand in [brackets].                                *)
(*                                                                         *)
(* Three things are kept simpler than in the code, each by allowing more:  *)
(*                                                                         *)
(*  - The network is what has ever been said. Messages are never removed,  *)
(*    so loss, delay, repetition and reordering need no actions. Of the    *)
(*    acknowledgements of one node in one term only the highest is kept,   *)
(*    since a lower one is true whenever a higher one is. An append may    *)
(*    carry any slice of its leader's log of that term, and any commit     *)
(*    index up to the newest: nextIndex, windows and hints [Replicator,    *)
(*    Progress] only choose among these.                                   *)
(*  - Messages may at any time be ignored, so a refusal is no action.      *)
(*  - Timers may end at any time, save where a promise forbids it.         *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
    Server,        \* all nodes that may ever take part
    Nil,           \* no node
    InitVoters,    \* the voters a cluster is made with
    Targets,       \* voter sets that a leader may change to; {} leaves membership alone
    Learnable,     \* nodes that may be added as learners
    MaxTerm, MaxLog, MaxCrash, MaxRound,   \* bounds of the model
    MaxQueue,      \* Readys handed to the log writer and not yet durable; 0: handing out and sync are one step
    SyncAtOnce,    \* nothing else happens while something waits for a disk: for models without crashes
    UsePreVote, UseStepDown, UseReads, UseTransfer, UseTime,
    LeaseTicks,    \* electionTimeout * (1 - maxClockDrift), in ticks of real time under the slowest clock
    PromiseTicks,  \* electionTimeout / (1 + maxClockDrift), in ticks of real time under the fastest clock
    Bugs           \* planted faults, by name; {} is what the code does

ASSUME InitVoters # {} /\ InitVoters \subseteq Server

VARIABLES
    \* [NodeState, Role] in memory
    role, term, vote, log, commit,
    \* [RaftLog] the index known to be durable, and the last term that cut the log
    durable, cut,
    \* The disk, the Readys on their way to it, and the promises the next Ready will hold [Outbox.sendAfterAppend]
    disk, queue, promised,
    \* What has left [Outbox.sendNow, LogWriter.release], and per term what its leader may have sent
    net, lead,
    \* [ReadIndexTracker] one read per leader; [Leader] transferTarget, leaseForfeited
    read, transfer, forfeited,
    \* [ElectionTimer] and the leader's lease, as time left or gone by
    heard, promise, stale, lease, age, hasty,
    \* History for the invariants
    committed, broken, crashes

node   == <<role, term, vote, log, commit, durable, cut>>
store  == <<disk, queue, promised>>
sent   == <<net, lead>>
handing == <<transfer, forfeited>>
time   == <<heard, promise, stale, lease, age, hasty>>
ghost  == <<committed, broken, crashes>>
vars   == <<node, store, sent, read, handing, time, ghost>>

Bug(b) == b \in Bugs
Min(a, b) == IF a < b THEN a ELSE b
Max(a, b) == IF a > b THEN a ELSE b
Terms  == 1..MaxTerm
Rounds == 1..MaxRound

-----------------------------------------------------------------------------
(* Membership: paper section 6, thesis chapter 4 [Membership].              *)

NoConf   == [voters |-> {}, outgoing |-> {}, learners |-> {}]
InitConf == [voters |-> InitVoters, outgoing |-> {}, learners |-> {}]
Entry(t, m) == [t |-> t, m |-> m]

ConfIndexes(l) == {i \in 1..Len(l) : l[i].m # NoConf}
LastConfIndex(l) ==
    LET s == ConfIndexes(l) IN IF s = {} THEN 0 ELSE CHOOSE i \in s : \A j \in s : j <= i
(* In force from the moment it is appended; a cut or a restart rolls it back, since it is read from the log alone. *)
ConfIn(l) == LET i == LastConfIndex(l) IN IF i = 0 THEN InitConf ELSE l[i].m
Conf(n) == IF Bug("ConfOnCommit") THEN ConfIn(SubSeq(log[n], 1, commit[n])) ELSE ConfIn(log[n])

Voters(c) == c.voters \cup c.outgoing
Settled(n) == ConfIn(SubSeq(log[n], 1, commit[n]))   \* the newest that the node knows to be committed
(* A voter of the newest membership, or of any behind the newest committed one [NodeState.mayCampaign]: the last entry may be one
   that only a node it leaves out has. *)
MayStand(n) ==
    \/ n \in Voters(Conf(n)) \cup Voters(Settled(n))
    \/ \E i \in ConfIndexes(log[n]) : i > commit[n] /\ n \in Voters(log[n][i].m)
Majority(of, s) ==
    of = {} \/ 2 * Cardinality(s \cap of) > Cardinality(of)
(* Joint: a majority of both sets. Learners never count. *)
IsQuorum(c, s) ==
    IF Bug("LearnerCounts")
    THEN 2 * Cardinality(s \cap (c.voters \cup c.learners)) > Cardinality(c.voters)
    ELSE Majority(c.voters, s) /\ (Bug("OutgoingIgnored") \/ Majority(c.outgoing, s))

(* The only voter before a joint step that is not known to be committed, without which nobody else can win or commit: its own vote
   is enough [NodeState.decidesStepAlone]. *)
DecidesAlone(n) ==
    /\ Conf(n).outgoing = {n} /\ LastConfIndex(log[n]) > commit[n]
    /\ \A c \in {Settled(n)} \cup {log[n][i].m : i \in {j \in ConfIndexes(log[n]) : j > commit[n]}} :
           Bug("NotNeeded") \/ ~ Majority(c.voters, Server \ {n})
Wins(n, s) == IsQuorum(Conf(n), s) \/ (n \in s /\ DecidesAlone(n))

-----------------------------------------------------------------------------
(* Logs [RaftLog, EntryId].                                                 *)

LastTerm(l) == IF l = <<>> THEN 0 ELSE l[Len(l)].t
UpToDate(t, i, l) == t > LastTerm(l) \/ (t = LastTerm(l) /\ i >= Len(l))   \* paper section 5.4.1
IsPrefix(a, b) == Len(a) <= Len(b) /\ \A i \in 1..Len(a) : a[i] = b[i]

(* An entry of the leader's own term is committed [Leader.established]. *)
Established(n) == commit[n] > 0 /\ log[n][commit[n]].t = term[n]

-----------------------------------------------------------------------------
(* Messages. k is the kind, n who speaks, t the term.                       *)

Ask(n, t, l, x)  == [k |-> "ask", n |-> n, t |-> t, lt |-> LastTerm(l), li |-> Len(l), x |-> x]
PreAsk(n, t, l)  == [k |-> "preask", n |-> n, t |-> t, lt |-> LastTerm(l), li |-> Len(l)]
Grant(n, t, to)  == [k |-> "grant", n |-> n, t |-> t, to |-> to]
PreGrant(n, t, to) == [k |-> "pre", n |-> n, t |-> t, to |-> to]
Ack(n, t, i)     == [k |-> "ack", n |-> n, t |-> t, v |-> i]     \* AppendResponse accepted, HeartbeatResponse:
Answer(n, t, r)  == [k |-> "ans", n |-> n, t |-> t, v |-> r]     \* both mean "and everything below"
Request(n, t, to) == [k |-> "campaign", n |-> n, t |-> t, to |-> to]   \* TimeoutNow

Covers(a, b) == a.k \in {"ack", "ans"} /\ a.k = b.k /\ a.n = b.n /\ a.t = b.t /\ a.v > b.v
Add(all, new) ==
    {m \in all : ~ \E o \in new : Covers(o, m)}
        \cup {m \in new : ~ \E o \in all \cup new : Covers(o, m)}

Said(k, n, t) ==   \* the highest index or round that n has confirmed in term t; 0 if none
    LET s == {m \in net : m.k = k /\ m.n = n /\ m.t = t}
    IN  IF s = {} THEN 0 ELSE (CHOOSE m \in s : TRUE).v
Granted(kind, t, to) == {n \in Server : [k |-> kind, n |-> n, t |-> t, to |-> to] \in net}

NoLead == [n |-> Nil, log |-> <<>>, commit |-> 0, round |-> 0]
LeadsTo(n) == lead[term[n]]

-----------------------------------------------------------------------------
(* Time [ElectionTimer, ReadIndexTracker.extendLease]; thesis section 6.4.1.*)
(* A tick is one unit of real time. A node learns the time only at its own  *)
(* tick [Raft.tick]; stale is how long ago that was.                        *)

(* The node may have told a leader that it will keep silent. *)
Promised(n) ==
    ~ Bug("IgnorePromise") /\ (role[n] = "leader" \/ (UseTime /\ (heard[n] \/ promise[n] > 0)))

TimerMayEnd(n) == ~ UseTime \/ hasty[n] \/ (~ heard[n] /\ promise[n] = 0)

(* heardFromLeader: the promise is dated by the next tick of this node, never by the one before. *)
HearLeader(n) ==
    IF ~ UseTime THEN UNCHANGED time
    ELSE IF Bug("PromiseFromLastTick")
    THEN /\ promise' = [promise EXCEPT ![n] = Max(@, PromiseTicks - stale[n])]
         /\ hasty' = [hasty EXCEPT ![n] = FALSE]
         /\ UNCHANGED <<heard, stale, lease, age>>
    ELSE /\ heard' = [heard EXCEPT ![n] = TRUE]
         /\ hasty' = [hasty EXCEPT ![n] = FALSE]
         /\ UNCHANGED <<promise, stale, lease, age>>

NoAges == [r \in IF UseTime THEN Rounds ELSE {} |-> 0]

HasLease(n) ==
    /\ role[n] = "leader" /\ lease[n] > 0 /\ Established(n)
    /\ transfer[n] = Nil
    /\ ~ forfeited[n]

-----------------------------------------------------------------------------
Init ==
    /\ role = [n \in Server |-> "follower"]
    /\ term = [n \in Server |-> 0]
    /\ vote = [n \in Server |-> Nil]
    /\ log = [n \in Server |-> <<>>]
    /\ commit = [n \in Server |-> 0]
    /\ durable = [n \in Server |-> 0]
    /\ cut = [n \in Server |-> 0]
    /\ disk = [n \in Server |-> [term |-> 0, vote |-> Nil, log |-> <<>>]]
    /\ queue = [n \in Server |-> <<>>]
    /\ promised = [n \in Server |-> {}]
    /\ net = {}
    /\ lead = [t \in Terms |-> NoLead]
    /\ read = [n \in Server |-> [st |-> "none", floor |-> 0, r |-> 0, i |-> 0]]
    /\ transfer = [n \in Server |-> Nil]
    /\ forfeited = [n \in Server |-> FALSE]
    /\ heard = [n \in Server |-> FALSE]
    /\ promise = [n \in Server |-> 0]
    /\ stale = [n \in Server |-> 0]
    /\ lease = [n \in Server |-> 0]
    /\ age = [n \in Server |-> NoAges]
    /\ hasty = [n \in Server |-> FALSE]
    /\ committed = <<>>
    /\ broken = {}
    /\ crashes = 0

NoRead == [st |-> "none", floor |-> 0, r |-> 0, i |-> 0]

(* What a leader keeps for its term alone goes when it stops leading [Leader.leave, ReadIndexTracker.failAll]. *)
LeaveLead(n) ==
    /\ read' = [read EXCEPT ![n] = NoRead]
    /\ transfer' = [transfer EXCEPT ![n] = Nil]
    /\ forfeited' = [forfeited EXCEPT ![n] = FALSE]

(* Promises wait for the disk, unless a bug sends them at once. *)
PromiseMore(n, msgs, now) ==
    IF now THEN net' = Add(net, msgs) /\ UNCHANGED promised
    ELSE promised' = [promised EXCEPT ![n] = Add(@, msgs)] /\ UNCHANGED net

-----------------------------------------------------------------------------
(* The disk [Ready, LogWriter, RaftLog.onDurable].                          *)

Handed(n) == IF queue[n] = <<>> THEN disk[n]
             ELSE LET q == queue[n][Len(queue[n])] IN [term |-> q.term, vote |-> q.vote, log |-> q.log]
Memory(n) == [term |-> term[n], vote |-> vote[n], log |-> log[n]]
Item(n)   == [term |-> term[n], vote |-> vote[n], log |-> log[n], msgs |-> promised[n]]
HasReady(n) == promised[n] # {} \/ Handed(n) # Memory(n)

(* Raft.takeReady, of what must reach the disk or wait for it. *)
Take(n) ==
    /\ MaxQueue > 0 /\ Len(queue[n]) < MaxQueue /\ HasReady(n)
    /\ queue' = [queue EXCEPT ![n] = Append(@, Item(n))]
    /\ promised' = [promised EXCEPT ![n] = {}]
    /\ UNCHANGED <<node, disk, sent, read, handing, time, ghost>>

(* A Ready is durable: its promises leave, with them the vote it holds. The report of its last entry is about the present
   entries only if no cut is still on its way [RaftLog.onDurable]. *)
Written(n, item) ==
    LET i == Len(item.log)
        present == /\ item.term >= cut[n] \/ Bug("ReportIgnoresCut")
                   /\ i > durable[n] /\ i <= Len(log[n]) /\ log[n][i].t = item.log[i].t
        ballot == IF item.vote = Nil THEN {} ELSE {Grant(n, item.term, item.vote)}
    IN  /\ disk' = [disk EXCEPT ![n] = [term |-> item.term, vote |-> item.vote, log |-> item.log]]
        /\ durable' = [durable EXCEPT ![n] = IF present THEN i ELSE @]
        /\ net' = Add(net, item.msgs \cup ballot)
        /\ UNCHANGED <<role, term, vote, log, commit, cut, lead, read, handing, time, ghost>>

Write(n) ==
    /\ queue[n] # <<>>
    /\ queue' = [queue EXCEPT ![n] = Tail(@)]
    /\ UNCHANGED promised
    /\ Written(n, Head(queue[n]))

(* Take and Write as one step, for the models that leave the queue out. *)
Flush(n) ==
    /\ MaxQueue = 0 /\ HasReady(n)
    /\ promised' = [promised EXCEPT ![n] = {}]
    /\ UNCHANGED queue
    /\ Written(n, Item(n))

(* The process ends and starts again. A node that is down is one that does nothing, so both are one step. Of what was on its
   way the disk may hold a prefix; the hard state is synced by itself and may be ahead of the entries [LogWriter.write]. The
   state machine has kept all, or nothing, of what was applied. *)
CrashRestart(n, entries, hard, applied) ==
    LET logs == <<disk[n].log>> \o [i \in 1..Len(queue[n]) |-> queue[n][i].log]
        hs == <<disk[n]>> \o queue[n]
        l == logs[entries + 1]
        h == hs[hard + 1]
    IN  /\ entries <= hard /\ hard <= Len(queue[n])
        /\ crashes' = crashes + 1
        /\ disk' = [disk EXCEPT ![n] = [term |-> h.term, vote |-> h.vote, log |-> l]]
        /\ role' = [role EXCEPT ![n] = "follower"]
        /\ term' = [term EXCEPT ![n] = h.term]
        /\ vote' = [vote EXCEPT ![n] = h.vote]
        /\ log' = [log EXCEPT ![n] = l]
        /\ durable' = [durable EXCEPT ![n] = Len(l)]
        /\ cut' = [cut EXCEPT ![n] = 0]
        /\ commit' = [commit EXCEPT ![n] = applied]
        /\ queue' = [queue EXCEPT ![n] = <<>>]
        /\ promised' = [promised EXCEPT ![n] = {}]
        \* Raft.requireConsistent
        /\ broken' = broken \cup (IF applied > Len(l) THEN {"applied entries are gone"} ELSE {})
        /\ LeaveLead(n)
        /\ net' = Add(net, IF h.vote = Nil THEN {} ELSE {Grant(n, h.term, h.vote)})   \* it answers again when asked
        /\ IF ~ UseTime THEN UNCHANGED time
           ELSE \* An answer of the former life may have promised [Raft constructor].
                /\ promise' = [promise EXCEPT ![n] =
                       IF h.term > 0 /\ ~ Bug("NoPromiseAfterRestart") THEN PromiseTicks ELSE 0]
                /\ heard' = [heard EXCEPT ![n] = FALSE]
                /\ stale' = [stale EXCEPT ![n] = 0]
                /\ lease' = [lease EXCEPT ![n] = 0]
                /\ age' = [age EXCEPT ![n] = NoAges]
                /\ hasty' = [hasty EXCEPT ![n] = FALSE]
        /\ UNCHANGED <<lead, committed>>

Applicable(n) == Min(commit[n], IF Bug("LeaderCountsUnsynced") THEN Len(log[n]) ELSE durable[n])

-----------------------------------------------------------------------------
(* Elections: paper sections 5.2 and 5.4.1, thesis sections 3.10, 4.2.3 and 9.6 [Candidate, Raft.onVoteRequest]. *)

(* A message, or an answer, of a newer term; it left only when that term was durable at its sender [NodeState.reply]. *)
UpdateTerm(n, t) ==
    /\ t > term[n]
    /\ \E m \in Server : disk[m].term >= t
    /\ term' = [term EXCEPT ![n] = t]
    /\ vote' = [vote EXCEPT ![n] = Nil]
    /\ role' = [role EXCEPT ![n] = "follower"]
    /\ LeaveLead(n)
    /\ IF UseTime /\ Bug("PromiseEndsWithTerm")
       THEN /\ promise' = [promise EXCEPT ![n] = 0]
            /\ heard' = [heard EXCEPT ![n] = FALSE]
            /\ lease' = [lease EXCEPT ![n] = 0]
            /\ UNCHANGED <<stale, age, hasty>>
       ELSE IF UseTime
       THEN /\ lease' = [lease EXCEPT ![n] = 0]
            /\ age' = [age EXCEPT ![n] = NoAges]
            /\ UNCHANGED <<heard, promise, stale, hasty>>
       ELSE UNCHANGED time
    /\ UNCHANGED <<log, commit, durable, cut, store, sent, ghost>>

(* Candidate.ask *)
PreCampaign(n) ==
    /\ UsePreVote /\ role[n] # "leader" /\ MayStand(n)
    /\ TimerMayEnd(n)
    /\ term[n] < MaxTerm
    /\ role' = [role EXCEPT ![n] = "pre"]
    /\ net' = Add(net, {PreAsk(n, term[n] + 1, log[n])})
    /\ UNCHANGED <<term, vote, log, commit, durable, cut, store, lead, read, handing, time, ghost>>

(* A pre-vote changes nothing at the voter: this action may change net alone. *)
GrantPreVote(n, m) ==
    /\ m \in net /\ m.k = "preask" /\ m.n # n
    /\ ~ Promised(n)
    /\ m.t >= term[n]
    /\ m.t > term[n] \/ vote[n] \in {Nil, m.n}
    /\ UpToDate(m.lt, m.li, log[n])
    /\ net' = Add(net, {PreGrant(n, m.t, m.n)})
    /\ UNCHANGED <<node, store, lead, read, handing, time, ghost>>

(* Candidate.stand. The requests, too, wait for the disk: after a crash the same term could be asked for anew with a
   shorter log. *)
Stand(n, x) ==
    LET t == term[n] + 1 IN
    /\ term[n] < MaxTerm /\ role[n] # "leader" /\ MayStand(n)
    /\ IF x THEN \E m \in net : m.k = "campaign" /\ m.to = n /\ m.t = term[n]
       ELSE IF UsePreVote
            THEN role[n] = "pre" /\ Wins(n, Granted("pre", t, n) \cup {n})
            ELSE TimerMayEnd(n)
    /\ term' = [term EXCEPT ![n] = t]
    /\ vote' = [vote EXCEPT ![n] = n]
    /\ role' = [role EXCEPT ![n] = "candidate"]
    /\ PromiseMore(n, {Ask(n, t, log[n], x)} \cup (IF Bug("OwnVoteNotDurable") THEN {Grant(n, t, n)} ELSE {}),
                   Bug("OwnVoteNotDurable"))
    /\ IF UseTime THEN /\ hasty' = [hasty EXCEPT ![n] = @ \/ x]   \* ElectionTimer.retry ignores what it owes that leader
                       /\ UNCHANGED <<heard, promise, stale, lease, age>>
       ELSE UNCHANGED time
    /\ UNCHANGED <<log, commit, durable, cut, disk, queue, lead, read, handing, ghost>>

(* Raft.onVoteRequest, where it grants. A refusal in a newer term is UpdateTerm. The vote leaves with the Ready that
   holds it (Written). *)
Vote(n, m) ==
    /\ m \in net /\ m.k = "ask" /\ m.n # n
    /\ ~ Promised(n) \/ m.x
    /\ m.t >= term[n]
    /\ \/ m.t > term[n]
       \/ vote[n] = Nil
       \/ Bug("VoteTwice")
    /\ UpToDate(m.lt, m.li, log[n]) \/ Bug("VoteForOlderLog")
    /\ term' = [term EXCEPT ![n] = m.t]
    /\ vote' = [vote EXCEPT ![n] = m.n]
    /\ role' = [role EXCEPT ![n] = IF m.t > term[n] THEN "follower" ELSE @]
    /\ IF m.t > term[n] THEN LeaveLead(n) ELSE UNCHANGED <<read, handing>>
    /\ PromiseMore(n, IF Bug("VoteNotDurable") THEN {Grant(n, m.t, m.n)} ELSE {}, Bug("VoteNotDurable"))
    /\ IF UseTime THEN /\ lease' = [lease EXCEPT ![n] = IF m.t > term[n] THEN 0 ELSE @]
                       /\ UNCHANGED <<heard, promise, stale, age, hasty>>
       ELSE UNCHANGED time
    /\ UNCHANGED <<log, commit, durable, cut, disk, queue, lead, ghost>>

(* Leader.elected: its own vote, too, counts only once it is durable [Candidate.onHardStateSaved]. *)
BecomeLeader(n) ==
    LET t == term[n]
        l == Append(log[n], Entry(t, NoConf))
    IN  /\ role[n] = "candidate" /\ Len(log[n]) < MaxLog
        /\ Wins(n, Granted("grant", t, n))
        /\ role' = [role EXCEPT ![n] = "leader"]
        /\ log' = [log EXCEPT ![n] = l]
        /\ broken' = broken \cup (IF lead[t].n # Nil THEN {"two leaders of one term"} ELSE {})
        /\ lead' = [lead EXCEPT ![t] = [n |-> n, log |-> l, commit |-> commit[n], round |-> 0]]
        /\ LeaveLead(n)
        /\ IF UseTime THEN /\ lease' = [lease EXCEPT ![n] = 0]
                           /\ age' = [age EXCEPT ![n] = NoAges]
                           /\ UNCHANGED <<heard, promise, stale, hasty>>
           ELSE UNCHANGED time
        /\ UNCHANGED <<term, vote, commit, durable, cut, store, net, committed, crashes>>

(* A leader without the answers of a quorum [Leader.hearsQuorum], one that a committed change has removed, and a candidate that
   gives up, follow. *)
StepDown(n) ==
    /\ role[n] # "follower"
    /\ role' = [role EXCEPT ![n] = "follower"]
    /\ LeaveLead(n)
    /\ IF UseTime THEN lease' = [lease EXCEPT ![n] = 0] /\ UNCHANGED <<heard, promise, stale, age, hasty>>
       ELSE UNCHANGED time
    /\ UNCHANGED <<term, vote, log, commit, durable, cut, store, sent, ghost>>

-----------------------------------------------------------------------------
(* Replication: paper sections 5.3 and 5.4.2 [Leader, Replicator, Follower]. *)

(* The last change is committed, and it leaves this leader out: it steps down. *)
Removed(n) == LET c == Conf(n) IN
    c.outgoing = {} /\ LastConfIndex(log[n]) <= commit[n] /\ n \notin c.voters
Leads(n) == role[n] = "leader" /\ ~ Removed(n)

AppendEntry(n, m) ==
    /\ Len(log[n]) < MaxLog
    /\ log' = [log EXCEPT ![n] = Append(@, Entry(term[n], m))]
    /\ lead' = [lead EXCEPT ![term[n]].log = Append(log[n], Entry(term[n], m))]
    /\ UNCHANGED <<role, term, vote, commit, durable, cut, store, net, read, handing, time, ghost>>

Propose(n) ==
    /\ Leads(n) /\ transfer[n] = Nil
    /\ AppendEntry(n, NoConf)

(* One change at a time: the last one is committed, and so is an entry of this term. Voters change by way of a joint
   membership. *)
MayChange(n) ==
    /\ Leads(n) /\ transfer[n] = Nil
    /\ Established(n)
    /\ \/ LastConfIndex(log[n]) <= commit[n] /\ Conf(n).outgoing = {}
       \/ Bug("ChangeWhilePending")

ChangeVoters(n, v) ==
    LET c == Conf(n) IN
    /\ MayChange(n) /\ v # c.voters /\ v # {}
    /\ AppendEntry(n, [voters |-> v, outgoing |-> IF Bug("NoJoint") THEN {} ELSE c.voters,
                       learners |-> c.learners \ (v \cup c.voters)])

AddLearner(n, x) ==
    LET c == Conf(n) IN
    /\ MayChange(n) /\ x \notin Voters(c) \cup c.learners
    /\ AppendEntry(n, [c EXCEPT !.learners = @ \cup {x}])

(* Automatic, once the joint membership is committed. Who is no voter any more leaves, or stays as a learner. *)
LeaveJoint(n, kept) ==
    LET c == Conf(n) IN
    /\ role[n] = "leader" /\ c.outgoing # {}
    /\ LastConfIndex(log[n]) <= commit[n] \/ Bug("LeaveUncommitted")
    /\ AppendEntry(n, [voters |-> c.voters, outgoing |-> {}, learners |-> c.learners \cup kept])

(* A joint membership that is not committed is taken back; the code does so when too few of the new voters answer and enough of
   the old ones do, which is not asked here [MembershipChanger.proceed]. *)
TakeBack(n) ==
    /\ role[n] = "leader" /\ Conf(n).outgoing # {}
    /\ LastConfIndex(log[n]) > commit[n]
    /\ Established(n) \/ DecidesAlone(n)
    /\ AppendEntry(n, ConfIn(SubSeq(log[n], 1, LastConfIndex(log[n]) - 1)))

Follow(n, t) ==
    /\ term' = [term EXCEPT ![n] = t]
    /\ vote' = [vote EXCEPT ![n] = IF t > term[n] THEN Nil ELSE @]
    /\ role' = [role EXCEPT ![n] = "follower"]
    /\ LeaveLead(n)

Breaks(conditions) == {c[2] : c \in {d \in conditions : d[1]}}

(* Follower.onAppend of entries p+1..k of the leader of term t. *)
HandleAppend(n, t, p, k, c) ==
    LET from == lead[t]
        l == log[n]
        agrees == p = 0 \/ (p <= Len(l) /\ l[p].t = from.log[p].t)
        differ == {i \in p + 1..Min(k, Len(l)) : l[i].t # from.log[i].t}
        first == CHOOSE i \in differ : \A j \in differ : i <= j
        new == IF Bug("CutAlways") THEN SubSeq(l, 1, p) \o SubSeq(from.log, p + 1, k)
               ELSE IF differ # {} THEN SubSeq(l, 1, first - 1) \o SubSeq(from.log, first, k)
               ELSE IF k > Len(l) THEN l \o SubSeq(from.log, Len(l) + 1, k)
               ELSE l
        matched == IF Bug("AckWholeLog") THEN Len(new) ELSE k
    IN  /\ from.n # Nil /\ from.n # n /\ t >= term[n]
        /\ p <= k /\ k <= Len(from.log) /\ c <= from.commit
        /\ Follow(n, t)
        /\ HearLeader(n)
        /\ IF agrees
           THEN /\ log' = [log EXCEPT ![n] = new]
                /\ cut' = [cut EXCEPT ![n] = IF differ # {} /\ MaxQueue > 0 THEN t ELSE @]   \* else it cannot matter
                /\ durable' = [durable EXCEPT ![n] =
                       IF differ # {} THEN Min(@, first - 1) ELSE Min(@, Len(new))]
                /\ commit' = [commit EXCEPT ![n] = Max(@, Min(c, IF Bug("CommitUnverified") THEN Len(new) ELSE k))]
                /\ PromiseMore(n, {Ack(n, t, matched)}, Bug("AckBeforeSync"))
                /\ broken' = broken \cup Breaks({
                       <<role[n] = "leader" /\ t = term[n], "two leaders of one term">>,
                       <<differ # {} /\ first <= commit[n], "a committed entry is cut">>,
                       <<Len(new) < commit[n], "a committed entry is cut">>})
           ELSE /\ broken' = broken \cup Breaks({<<p <= commit[n], "a committed entry is contradicted">>})
                /\ UNCHANGED <<log, cut, durable, commit, promised, net>>
        /\ UNCHANGED <<disk, queue, lead, committed, crashes>>

(* Follower.step of a heartbeat. It verifies nothing, so it tells no more than what this node has acknowledged; the answer
   waits only for its term. *)
HandleHeartbeat(n, t, r, c) ==
    LET from == lead[t] IN
    /\ from.n # Nil /\ from.n # n /\ t >= term[n]
    /\ r <= from.round
    /\ c <= from.commit
    /\ c <= Said("ack", n, t) \/ Bug("HeartbeatTellsAll")
    /\ Follow(n, t)
    /\ HearLeader(n)
    /\ IF r = 0 THEN UNCHANGED <<promised, net>>
       ELSE PromiseMore(n, {Answer(n, t, r)}, disk[n].term >= t)
    /\ broken' = broken \cup Breaks({
           <<role[n] = "leader" /\ t = term[n], "two leaders of one term">>,
           <<c > Len(log[n]), "the commit index is above the log">>})
    /\ commit' = [commit EXCEPT ![n] = Max(@, Min(c, Len(log[n])))]
    /\ UNCHANGED <<log, durable, cut, disk, queue, lead, committed, crashes>>

(* Leader.commit: what a quorum holds durably, by way of an entry of this term. *)
HeldBy(n, i) == {m \in Server :
    IF m = n THEN i <= (IF Bug("LeaderCountsUnsynced") THEN Len(log[n]) ELSE durable[n])
    ELSE i <= Said("ack", m, term[n])}

Commit(n, i) ==
    /\ role[n] = "leader"
    /\ i > commit[n] /\ i <= Len(log[n])
    /\ log[n][i].t = term[n] \/ Bug("CommitOlderTerm")
    /\ IsQuorum(Conf(n), HeldBy(n, i))
    /\ commit' = [commit EXCEPT ![n] = i]
    /\ lead' = [lead EXCEPT ![term[n]].commit = i]
    /\ committed' = committed \o [j \in 1..Max(0, i - Len(committed)) |->
           [e |-> log[n][Len(committed) + j], t |-> term[n]]]
    /\ UNCHANGED <<role, term, vote, log, durable, cut, store, net, read, handing, time, broken, crashes>>

-----------------------------------------------------------------------------
(* Reads and the lease: paper section 8, thesis sections 6.4 and 6.4.1 [ReadIndexTracker]. *)

(* floor: what had been committed anywhere when the read was asked for. *)
RequestRead(n) ==
    LET r == IF Bug("ReadJoinsOpenRound") /\ LeadsTo(n).round > 0 /\ Established(n)
             THEN [st |-> "open", floor |-> Len(committed), r |-> LeadsTo(n).round, i |-> commit[n]]
             ELSE [st |-> "wait", floor |-> Len(committed), r |-> 0, i |-> 0]
    IN  /\ UseReads /\ Leads(n) /\ read[n].st = "none" /\ transfer[n] = Nil
        /\ read' = [read EXCEPT ![n] = r]
        /\ UNCHANGED <<node, store, sent, handing, time, ghost>>

(* A round of heartbeats begins. Its sending is dated by the tick before it. It takes the waiting read along once an entry of
   this term is committed: before that the commit index may be behind what earlier leaders acknowledged. *)
BeginRound(n) ==
    LET r == LeadsTo(n).round + 1 IN
    /\ Leads(n) /\ r <= MaxRound
    /\ lead' = [lead EXCEPT ![term[n]].round = r]
    /\ read' = [read EXCEPT ![n] =
           IF @.st = "wait" /\ (Established(n) \/ Bug("ReadBeforeOwnTerm"))
           THEN [@ EXCEPT !.st = "open", !.r = r, !.i = commit[n]] ELSE @]
    /\ IF UseTime THEN /\ age' = [age EXCEPT ![n][r] = stale[n]]
                       /\ UNCHANGED <<heard, promise, stale, lease, hasty>>
       ELSE UNCHANGED time
    /\ UNCHANGED <<node, store, net, handing, ghost>>

Confirmed(n, r) == IsQuorum(Conf(n), {m \in Server : m = n \/ Said("ans", m, term[n]) >= r})

ConfirmRead(n) ==
    /\ role[n] = "leader"
    /\ \/ read[n].st = "open" /\ Confirmed(n, read[n].r)
       \/ Bug("ReadUnconfirmed") /\ read[n].st = "wait"
    /\ read' = [read EXCEPT ![n] =
           IF @.st = "wait" THEN [@ EXCEPT !.st = "done", !.i = commit[n]] ELSE [@ EXCEPT !.st = "done"]]
    /\ UNCHANGED <<node, store, sent, handing, time, ghost>>

(* From the send of the round, never from the answer. *)
ExtendLease(n, r) ==
    LET left == IF Bug("LeaseFromReceive") THEN LeaseTicks ELSE LeaseTicks - age[n][r] IN
    /\ UseTime /\ role[n] = "leader" /\ r <= LeadsTo(n).round
    /\ left > lease[n]
    /\ Confirmed(n, r)
    /\ lease' = [lease EXCEPT ![n] = left]
    /\ UNCHANGED <<node, store, sent, read, handing, heard, promise, stale, age, hasty, ghost>>

(* Leader.transfer: no lease from here on; nor ever again in this term once the request to campaign has left. *)
StartTransfer(n, m) ==
    /\ UseTransfer /\ Leads(n) /\ m # n /\ m \in Voters(Conf(n)) /\ transfer[n] = Nil
    /\ transfer' = [transfer EXCEPT ![n] = m]
    /\ UNCHANGED <<node, store, sent, read, forfeited, time, ghost>>

RequestCampaign(n) ==
    /\ role[n] = "leader" /\ transfer[n] # Nil
    /\ net' = Add(net, {Request(n, term[n], transfer[n])})
    /\ forfeited' = [forfeited EXCEPT ![n] = ~ Bug("LeaseAfterTransfer")]
    /\ UNCHANGED <<node, store, lead, read, transfer, time, ghost>>

GiveUpTransfer(n) ==
    /\ role[n] = "leader" /\ transfer[n] # Nil
    /\ transfer' = [transfer EXCEPT ![n] = Nil]
    /\ UNCHANGED <<node, store, sent, read, forfeited, time, ghost>>

(* Raft.tick: the node learns the time, and dates what it has heard since. *)
LocalTick(n) ==
    /\ UseTime /\ (heard[n] \/ stale[n] > 0)
    /\ stale' = [stale EXCEPT ![n] = 0]
    /\ heard' = [heard EXCEPT ![n] = FALSE]
    /\ promise' = [promise EXCEPT ![n] = IF heard[n] THEN PromiseTicks ELSE @]
    /\ UNCHANGED <<node, store, sent, read, handing, lease, age, hasty, ghost>>

(* One unit of real time passes. Everything older than it can matter looks the same. *)
Longest == Max(LeaseTicks, PromiseTicks)
PassTime ==
    /\ UseTime
    /\ promise' = [n \in Server |-> Max(0, promise[n] - 1)]
    /\ lease' = [n \in Server |-> Max(0, lease[n] - 1)]
    /\ stale' = [n \in Server |-> Min(Longest, stale[n] + 1)]
    /\ age' = [n \in Server |-> [r \in Rounds |->
           IF role[n] = "leader" /\ r <= LeadsTo(n).round THEN Min(Longest, age[n][r] + 1) ELSE 0]]
    /\ UNCHANGED <<node, store, sent, read, handing, heard, hasty, ghost>>

-----------------------------------------------------------------------------
Disks == \E n \in Server : Take(n) \/ Write(n) \/ Flush(n)

Elections == \E n \in Server :
    \/ \E m \in Server : UpdateTerm(n, disk[m].term)
    \/ PreCampaign(n)
    \/ \E m \in net : GrantPreVote(n, m) \/ Vote(n, m)
    \/ \E x \in BOOLEAN : Stand(n, x)
    \/ BecomeLeader(n)
    \/ UseStepDown /\ StepDown(n)

(* An empty append from the start tells nothing, save with the bug. *)
Slices == IF Bug("AckWholeLog") THEN 0 ELSE 1

Replication == \E n \in Server :
    \/ Propose(n)
    \/ \E t \in Terms : \E k \in Slices..Len(lead[t].log) : \E p \in 0..k : \E c \in {0, lead[t].commit} :
           HandleAppend(n, t, p, k, c)
    \/ \E t \in Terms : \E r \in 1..lead[t].round : \E c \in 0..lead[t].commit : HandleHeartbeat(n, t, r, c)
    \/ \E i \in 1..Len(log[n]) : Commit(n, i)

Changes == \E n \in Server :
    \/ \E v \in Targets : ChangeVoters(n, v)
    \/ \E x \in Learnable : AddLearner(n, x)
    \/ TakeBack(n)
    \/ \E kept \in {{}, Conf(n).outgoing \ Conf(n).voters} : LeaveJoint(n, kept)

ReadsAndLease == \E n \in Server :
    \/ RequestRead(n) \/ BeginRound(n) \/ ConfirmRead(n)
    \/ \E r \in Rounds : ExtendLease(n, r)
    \/ \E m \in Server : StartTransfer(n, m)
    \/ RequestCampaign(n) \/ GiveUpTransfer(n)

Crashes == \E n \in Server :
    /\ crashes < MaxCrash
    /\ \E e, h \in 0..Len(queue[n]), a \in {0, Applicable(n)} : CrashRestart(n, e, h, a)

Clocks == PassTime \/ \E n \in Server : LocalTick(n)

Next ==
    \/ Disks
    \/ /\ SyncAtOnce => ~ \E n \in Server : HasReady(n) \/ queue[n] # <<>>
       /\ Elections \/ Replication \/ Changes \/ ReadsAndLease \/ Crashes \/ Clocks

Spec == Init /\ [][Next]_vars

Symmetry == Permutations(Server)

-----------------------------------------------------------------------------
(* Invariants. Paper figure 3 unless said otherwise.                        *)

(* No IllegalStateException of the code is ever thrown: two leaders of one term, a committed entry cut or contradicted, a
   commit index above the log, a state machine ahead of its log. *)
NothingBreaks == broken = {}

ElectionSafety ==
    \A a, b \in Server : role[a] = "leader" /\ role[b] = "leader" /\ term[a] = term[b] => a = b

(* One vote a term, over all restarts: among what has left, and never again another on disk. *)
VoteOnce ==
    \A m, o \in net : m.k = "grant" /\ o.k = "grant" /\ m.n = o.n /\ m.t = o.t => m.to = o.to

LogMatching ==
    \A a, b \in Server : \A i \in 1..Min(Len(log[a]), Len(log[b])) :
        log[a][i].t = log[b][i].t => SubSeq(log[a], 1, i) = SubSeq(log[b], 1, i)

(* What was committed in a term below T is in the log of the leader of T. *)
LeaderCompleteness ==
    \A t \in Terms : lead[t].n # Nil =>
        \A i \in 1..Len(committed) : committed[i].t < t =>
            i <= Len(lead[t].log) /\ lead[t].log[i] = committed[i].e

StateMachineSafety ==
    \A n \in Server : \A i \in 1..Min(commit[n], Len(log[n])) :
        i <= Len(committed) /\ log[n][i] = committed[i].e

CommitWithinLog == \A n \in Server : commit[n] <= Len(log[n])

(* What the node believes durable is on its disk, up to what it may apply [RaftLog.durable]. *)
DurableIsOnDisk ==
    \A n \in Server : \A i \in 1..durable[n] :
        i <= Len(disk[n].log) /\ disk[n].log[i] = log[n][i]

(* Each committed entry is on the disks of a majority, for clusters whose membership stands still. *)
CommittedOnDisks ==
    Targets = {} =>
        \A i \in 1..Len(committed) :
            Majority(InitVoters, {n \in Server : i <= Len(disk[n].log) /\ disk[n].log[i] = committed[i].e})

(* Memberships that follow each other in a log have no two quorums apart; at most the last two changes are uncommitted. *)
Overlap(a, b) ==
    \A s, u \in SUBSET Server : IsQuorum(a, s) /\ IsQuorum(b, u) => s \cap u # {}
QuorumOverlap ==
    \A t \in Terms : LET l == lead[t].log IN
        \A i \in ConfIndexes(l) : Overlap(ConfIn(SubSeq(l, 1, i - 1)), l[i].m)

(* A confirmed read sees all that was committed when it was asked for. *)
ReadsAreLinearizable ==
    \A n \in Server : read[n].st = "done" => read[n].i >= read[n].floor

(* While a lease runs no other node leads a newer term. *)
LeaseExclusive ==
    \A n, m \in Server : HasLease(n) /\ role[m] = "leader" /\ m # n => term[m] < term[n]

(* Term and vote on disk never go back, and a pre-vote changes nothing but what was said. *)
TermsGrow == [][\A n \in Server : disk'[n].term >= disk[n].term]_vars
CommittedGrows == [][IsPrefix(committed, committed')]_vars

=============================================================================
