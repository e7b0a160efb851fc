------------------------------- MODULE Trace --------------------------------
(***************************************************************************)
(* Is a run of the code a behaviour of the specification? TraceData, which *)
(* io.dengine.raft.TlaTrace writes, holds the steps of a run; each is      *)
(* taken by the action of its name, with the parameters it was seen with,  *)
(* and must leave its node as the code was left. A step is determined by   *)
(* the state before, so the state graph is one path: a trace of k steps is *)
(* accepted when TLC reports a depth of k + 1 and no error. At depth d <= k*)
(* step d is the one that the specification does not allow.                *)
(*                                                                         *)
(* A run has no clock here (UseTime is FALSE), so promises and leases are  *)
(* not checked by this; and the driver keeps its own queue of Readys, so   *)
(* MaxQueue does not bound it.                                             *)
(***************************************************************************)
EXTENDS Dengine, TraceData

VARIABLE l

Last(s) == s[Len(s)]

(* v: the numbers of the step; es: the terms of the entries it carries. *)
HandleTracedAppend(n, t, p, pt, c, es) ==
    LET from == lead[t].log
        k == p + Len(es)
    IN  /\ k <= Len(from)
        /\ IF p = 0 THEN pt = 0 ELSE from[p].t = pt
        /\ \A i \in 1..Len(es) : from[p + i].t = es[i]
        /\ HandleAppend(n, t, p, k, c)

(* The code hands over at most one acknowledgement a step here: a Ready is taken after each input. *)
TakeTraced(n, t, v, last, ackIndex, ackTerm) ==
    /\ t > 0 => term[n] = t /\ vote[n] = (IF v = 0 THEN Nil ELSE v)
    /\ t = 0 => Handed(n).term = term[n] /\ Handed(n).vote = vote[n]
    /\ last > 0 => Len(log[n]) = last
    /\ last = 0 => Handed(n).log = log[n]
    /\ {<<m.v, m.t>> : m \in {o \in promised[n] : o.k = "ack"}}
           = (IF ackTerm = 0 THEN {} ELSE {<<ackIndex, ackTerm>>})
    /\ queue' = [queue EXCEPT ![n] = Append(@, Item(n))]
    /\ promised' = [promised EXCEPT ![n] = {}]
    /\ UNCHANGED <<node, disk, sent, read, handing, time, ghost>>

WriteTraced(n, t, v, i, it) ==
    /\ Write(n)
    /\ disk'[n].term = t /\ disk'[n].vote = (IF v = 0 THEN Nil ELSE v)
    /\ Len(disk'[n].log) = i /\ LastTerm(disk'[n].log) = it

HandOver(n, m) ==
    /\ role[n] = "leader" /\ m \in Voters(Conf(n))
    /\ net' = Add(net, {Request(n, term[n], m)})
    /\ UNCHANGED <<node, store, lead, read, handing, time, ghost>>

ReadDone(n, i) ==
    /\ read[n].st = "open" /\ Confirmed(n, read[n].r)
    /\ read[n].i = i /\ i >= read[n].floor
    /\ read' = [read EXCEPT ![n] = NoRead]
    /\ UNCHANGED <<node, store, sent, handing, time, ghost>>

Step(e) == LET n == e.n
               v == e.v
    IN CASE e.e = "Term"      -> UpdateTerm(n, v[1])
         [] e.e = "Ask"       -> PreCampaign(n)
         [] e.e = "PreVote"   -> \E m \in net : m.k = "preask" /\ m.n = v[2] /\ m.t = v[1] /\ GrantPreVote(n, m)
         [] e.e = "Stand"     -> Stand(n, v[1] = 1)
         [] e.e = "Vote"      -> \E m \in net : m.k = "ask" /\ m.n = v[2] /\ m.t = v[1] /\ Vote(n, m)
         [] e.e = "Lead"      -> BecomeLeader(n)
         [] e.e = "StepDown"  -> StepDown(n)
         [] e.e = "Append"    -> HandleTracedAppend(n, v[1], v[2], v[3], v[4], e.es)
         [] e.e = "Heartbeat" -> HandleHeartbeat(n, v[1], v[2], v[3])
         [] e.e = "Propose"   -> Propose(n)
         [] e.e = "Commit"    -> Commit(n, v[1])
         [] e.e = "Take"      -> TakeTraced(n, v[1], v[2], v[3], v[4], v[5])
         [] e.e = "Write"     -> WriteTraced(n, v[1], v[2], v[3], v[4])
         [] e.e = "Restart"   -> CrashRestart(n, 0, 0, 0)
         [] e.e = "Read"      -> RequestRead(n)
         [] e.e = "Round"     -> BeginRound(n) /\ lead'[term[n]].round = v[1]
         [] e.e = "ReadDone"  -> ReadDone(n, v[1])
         [] e.e = "HandOver"  -> HandOver(n, v[1])

After(n, s) ==
    IF s = <<>> THEN TRUE   \* more steps of the same input follow
    ELSE /\ role'[n] = s[1] /\ term'[n] = s[2]
         /\ Len(log'[n]) = s[3] /\ LastTerm(log'[n]) = s[4]
         /\ commit'[n] = s[5] /\ durable'[n] = s[6]

(* Guards, not INVARIANTS: to report a violation TLC prints every state before it, which takes minutes. *)
Safe == NothingBreaks /\ ElectionSafety /\ StateMachineSafety /\ DurableIsOnDisk /\ CommitWithinLog

TraceInit == Init /\ l = 1
TraceNext ==
    /\ l <= Len(TraceLog)
    /\ Step(TraceLog[l])
    /\ After(TraceLog[l].n, TraceLog[l].s)
    /\ Safe'
    /\ l' = l + 1
TraceSpec == TraceInit /\ [][TraceNext]_<<vars, l>>

TraceInitVoters == TraceServer
TraceBound == 1000000

=============================================================================
