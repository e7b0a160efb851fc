------------------------------ MODULE Directed ------------------------------
(* Two situations that lie too deep for a search from the start: the specification from there on. Nodes are 1, 2, 3. *)
EXTENDS Dengine

E(t) == Entry(t, NoConf)
Rest ==
    /\ commit = [n \in Server |-> 0]
    /\ net = {}
    /\ read = [n \in Server |-> NoRead]
    /\ promised = [n \in Server |-> {}]
    /\ transfer = [n \in Server |-> Nil] /\ forfeited = [n \in Server |-> FALSE]
    /\ heard = [n \in Server |-> FALSE] /\ hasty = [n \in Server |-> FALSE]
    /\ promise = [n \in Server |-> 0] /\ stale = [n \in Server |-> 0] /\ lease = [n \in Server |-> 0]
    /\ age = [n \in Server |-> NoAges]
    /\ committed = <<>> /\ broken = {} /\ crashes = 0
    /\ role = [n \in Server |-> "follower"]

(* Paper, figure 8 (b): node 1 led term 1 and kept its entry to itself; nodes 2 and 3 made node 2 leader of term 2. *)
Figure8 ==
    LET logs == <<<<E(1)>>, <<E(2)>>, <<>>>>
        votes == <<Nil, 2, 2>>
    IN  /\ Rest
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
    IN  /\ Rest
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

=============================================================================
