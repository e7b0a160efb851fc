------------------------------ MODULE Directed ------------------------------
(* Situations that lie deep for a search from the start: the specification from there on. Nodes are 1, 2, 3. *)
EXTENDS Dengine

E(t) == Entry(t, NoConf)
Rest ==
    /\ net = {}
    /\ read = [n \in Server |-> NoRead]
    /\ promised = [n \in Server |-> {}]
    /\ transfer = [n \in Server |-> Nil] /\ forfeited = [n \in Server |-> FALSE]
    /\ heard = [n \in Server |-> FALSE] /\ hasty = [n \in Server |-> FALSE]
    /\ promise = [n \in Server |-> 0] /\ stale = [n \in Server |-> 0] /\ lease = [n \in Server |-> 0]
    /\ age = [n \in Server |-> NoAges]
    /\ broken = {} /\ crashes = 0

Nobody == /\ committed = <<>>
          /\ commit = [n \in Server |-> 0]
          /\ role = [n \in Server |-> "follower"]

(* Paper, figure 8 (b): node 1 led term 1 and kept its entry to itself; nodes 2 and 3 made node 2 leader of term 2. *)
Figure8 ==
    LET logs == <<<<E(1)>>, <<E(2)>>, <<>>>>
        votes == <<Nil, 2, 2>>
    IN  /\ Rest /\ Nobody
        /\ term = [n \in Server |-> 2] /\ vote = votes
        /\ log = logs /\ durable = <<1, 1, 0>> /\ cut = <<0, 0, 0>>
        /\ disk = [n \in Server |-> [term |-> 2, vote |-> votes[n], log |-> logs[n]]]
        /\ queue = [n \in Server |-> <<>>]
        /\ lead = [t \in Terms |->
               CASE t = 1 -> [NoLead EXCEPT !.n = 1, !.log = logs[1]]
                 [] t = 2 -> [NoLead EXCEPT !.n = 2, !.log = logs[2]]
                 [] OTHER -> NoLead]
Figure8Spec == Figure8 /\ [][Next]_vars

(* Node 3 was given the entry of term 1, then that of term 2 in its place, then the first one again by node 1 in term 3. None of
   the three writes has reached its disk. *)
PutBack ==
    LET one == <<E(1)>>  two == <<E(2)>>
        write(t, l) == [term |-> t, vote |-> Nil, log |-> l, msgs |-> {}]
    IN  /\ Rest /\ Nobody
        /\ term = <<3, 3, 3>> /\ vote = <<1, 1, Nil>>
        /\ log = <<Append(one, E(3)), two, one>> /\ durable = <<1, 1, 0>> /\ cut = <<0, 0, 3>>
        /\ disk = << [term |-> 3, vote |-> 1, log |-> one],
                     [term |-> 3, vote |-> 1, log |-> two],
                     [term |-> 0, vote |-> Nil, log |-> <<>>] >>
        /\ queue = << <<>>, <<>>, <<write(1, one), write(2, two), write(3, one)>> >>
        /\ lead = [t \in Terms |->
               CASE t = 1 -> [NoLead EXCEPT !.n = 1, !.log = one]
                 [] t = 2 -> [NoLead EXCEPT !.n = 2, !.log = two]
                 [] OTHER -> NoLead]
PutBackSpec == PutBack /\ [][Next]_vars

(* Node 1 leads term 1; its first entry is committed, and every voter has it. *)
Led ==
    LET l == <<E(1)>>
        logs == [n \in Server |-> IF n \in InitVoters THEN l ELSE <<>>]
        terms == [n \in Server |-> IF n \in InitVoters THEN 1 ELSE 0]
        votes == [n \in Server |-> IF n \in InitVoters THEN 1 ELSE Nil]
    IN  /\ Rest
        /\ role = [n \in Server |-> IF n = 1 THEN "leader" ELSE "follower"]
        /\ term = terms /\ vote = votes /\ log = logs
        /\ commit = [n \in Server |-> IF n = 1 THEN 1 ELSE 0]
        /\ durable = [n \in Server |-> Len(logs[n])] /\ cut = [n \in Server |-> 0]
        /\ disk = [n \in Server |-> [term |-> terms[n], vote |-> votes[n], log |-> logs[n]]]
        /\ queue = [n \in Server |-> <<>>]
        /\ lead = [t \in Terms |-> IF t = 1 THEN [n |-> 1, log |-> l, commit |-> 1, round |-> 0] ELSE NoLead]
        /\ committed = <<[e |-> E(1), t |-> 1]>>
LedSpec == Led /\ [][Next]_vars

(* Time alone: as Led, but the leader sends nothing except heartbeats, and only the leader of term 1 has rounds and a lease. *)
LeaseNext ==
    \/ Disks
    \/ /\ ~ \E n \in Server : HasReady(n)
       /\ \/ Elections \/ Crashes \/ Clocks
          \/ \E n \in Server : \E r \in 1..lead[1].round : HandleHeartbeat(n, 1, r, 0)
          \/ term[1] = 1 /\ (\/ BeginRound(1) \/ RequestCampaign(1) \/ GiveUpTransfer(1)
                            \/ \E r \in Rounds : ExtendLease(1, r)
                            \/ \E m \in Server : StartTransfer(1, m))
LeaseSpec == Led /\ [][LeaseNext]_vars

(* Node 1 led term 1 and kept its second entry to itself; node 2 leads term 2, and no entry of that term has left it. *)
Extra ==
    LET one == <<E(1)>>  old == <<E(1), E(1)>>  new == <<E(1), E(2)>>
        logs == <<old, new, one>>
        votes == <<Nil, 2, 2>>
    IN  /\ Rest /\ committed = <<>>
        /\ role = <<"follower", "leader", "follower">> /\ commit = <<0, 0, 0>>
        /\ term = <<2, 2, 2>> /\ vote = votes
        /\ log = logs /\ durable = <<2, 2, 1>> /\ cut = <<0, 0, 0>>
        /\ disk = [n \in Server |-> [term |-> 2, vote |-> votes[n], log |-> logs[n]]]
        /\ queue = [n \in Server |-> <<>>]
        /\ lead = [t \in Terms |->
               CASE t = 1 -> [NoLead EXCEPT !.n = 1, !.log = old]
                 [] t = 2 -> [NoLead EXCEPT !.n = 2, !.log = new]
                 [] OTHER -> NoLead]
ExtraSpec == Extra /\ [][Next]_vars

(* Of two nodes the first, which was the cluster, has been replaced by the second, and then started again: it does not know what
   is committed. *)
Replaced ==
    LET l == << E(1), Entry(1, [voters |-> {2}, outgoing |-> {1}, learners |-> {}]),
                Entry(1, [voters |-> {2}, outgoing |-> {}, learners |-> {}]) >>
    IN  /\ Rest
        /\ role = <<"follower", "follower">> /\ commit = <<0, 3>>
        /\ term = <<1, 1>> /\ vote = <<1, Nil>>
        /\ log = <<l, l>> /\ durable = <<3, 3>> /\ cut = <<0, 0>>
        /\ disk = <<[term |-> 1, vote |-> 1, log |-> l], [term |-> 1, vote |-> Nil, log |-> l]>>
        /\ queue = [n \in Server |-> <<>>]
        /\ lead = [t \in Terms |-> IF t = 1 THEN [n |-> 1, log |-> l, commit |-> 3, round |-> 0] ELSE NoLead]
        /\ committed = [i \in 1..3 |-> [e |-> l[i], t |-> 1]]
ReplacedSpec == Replaced /\ [][Next]_vars

(* As Led, but only node 1 stands and changes the membership, and what it sends is always its whole log. *)
AloneNext ==
    \/ Disks \/ Crashes
    \/ \E v \in Targets : ChangeVoters(1, v)
    \/ \E n \in Server : HandleAppend(n, 1, 0, Len(lead[1].log), lead[1].commit)
    \/ \E i \in 1..Len(log[1]) : Commit(1, i)
    \/ Stand(1, FALSE) \/ BecomeLeader(1)
AloneSpec == Led /\ [][AloneNext]_vars

=============================================================================
