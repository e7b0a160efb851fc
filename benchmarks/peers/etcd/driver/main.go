// Drives etcd through its own client. It takes the same commands, and gives the same answers, as the JVM processes of the
// benchmarks: version, leads, run. See NodeMain.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	longest         = int64(120 * time.Second)
	differentValues = 256
	fillWindow      = 256
)

type driver struct {
	client *clientv3.Client
}

// load is what is asked for; see Workload.
type load struct {
	writePercent, window, valueBytes int
	read                             string
	keys, fill                       int64
	warmUp, seconds                  time.Duration
}

func main() {
	settings := words(os.Args[1:])
	var endpoints []string
	for _, port := range strings.Split(settings["clients"], ",") {
		endpoints = append(endpoints, "127.0.0.1:"+port)
	}
	client, err := clientv3.New(clientv3.Config{Endpoints: endpoints, DialTimeout: 5 * time.Second})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer client.Close()
	d := driver{client}
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		fields := strings.Fields(commands.Text())
		if len(fields) == 0 {
			continue
		}
		if err := d.obey(fields[0], fields[1:], endpoints[0]); err != nil {
			say("failed " + err.Error())
		}
	}
}

func (d driver) obey(command string, fields []string, endpoint string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	switch command {
	case "version":
		status, err := d.client.Status(ctx, endpoint)
		if err != nil {
			return err
		}
		say("version " + status.Version)
	case "leads":
		short, stop := context.WithTimeout(ctx, time.Second)
		defer stop()
		_, err := d.client.Get(short, "ready")
		say(fmt.Sprintf("leads %t", err == nil))
	case "run":
		asked, err := parse(words(fields))
		if err != nil {
			return err
		}
		return d.run(asked)
	default:
		return errors.New("no such command: " + command)
	}
	return nil
}

func (d driver) run(l load) error {
	random := rand.New(rand.NewSource(17))
	values := make([]string, differentValues)
	for i := range values {
		value := make([]byte, l.valueBytes)
		random.Read(value)
		values[i] = string(value)
	}
	if err := d.fill(l, values); err != nil {
		return err
	}

	// One goroutine for each operation under way. Each has histograms of its own, merged afterwards; an operation counts
	// if it is answered while the load is timed.
	var timed, ended atomic.Bool
	var failures atomic.Int64
	histograms := make([]*hdrhistogram.Histogram, l.window)
	var workers sync.WaitGroup
	for i := range histograms {
		histograms[i] = hdrhistogram.New(1, longest, 3)
		workers.Add(1)
		go func(histogram *hdrhistogram.Histogram, random *rand.Rand) {
			defer workers.Done()
			for !ended.Load() {
				begin := time.Now()
				err := d.operation(l, values, random)
				if !timed.Load() {
					continue
				}
				if err != nil {
					failures.Add(1)
				} else {
					_ = histogram.RecordValue(min(int64(time.Since(begin)), longest))
				}
			}
		}(histograms[i], rand.New(rand.NewSource(int64(i))))
	}
	time.Sleep(l.warmUp)
	timed.Store(true)
	begin := time.Now()
	say("begin")
	time.Sleep(l.seconds)
	timed.Store(false)
	nanos := time.Since(begin)
	say("end")
	ended.Store(true)
	workers.Wait()

	all := hdrhistogram.New(1, longest, 3)
	for _, histogram := range histograms {
		all.Merge(histogram)
	}
	say(fmt.Sprintf("result operations=%d failures=%d nanos=%d p50=%d p99=%d p99.9=%d", all.TotalCount(), failures.Load(),
		nanos.Nanoseconds(), all.ValueAtQuantile(50), all.ValueAtQuantile(99), all.ValueAtQuantile(99.9)))
	return nil
}

func (d driver) operation(l load, values []string, random *rand.Rand) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	key := keyOf(random.Int63n(l.keys))
	if random.Intn(100) < l.writePercent {
		_, err := d.client.Put(ctx, key, values[random.Intn(len(values))])
		return err
	}
	var options []clientv3.OpOption
	if l.read == "local" {
		options = append(options, clientv3.WithSerializable())
	}
	_, err := d.client.Get(ctx, key, options...)
	return err
}

func (d driver) fill(l load, values []string) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	var failure atomic.Value
	for i := 0; i < fillWindow; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for key := next.Add(1) - 1; key < l.fill && failure.Load() == nil; key = next.Add(1) - 1 {
				if _, err := d.client.Put(context.Background(), keyOf(key), values[key%differentValues]); err != nil {
					failure.Store(err)
				}
			}
		}()
	}
	workers.Wait()
	if err, failed := failure.Load().(error); failed {
		return err
	}
	return nil
}

func keyOf(key int64) string {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], uint64(key))
	return string(bytes[:])
}

func parse(values map[string]string) (load, error) {
	var err error
	number := func(name string) int64 {
		value, failure := strconv.ParseInt(values[name], 10, 64)
		err = errors.Join(err, failure)
		return value
	}
	seconds := func(name string) time.Duration {
		value, failure := strconv.ParseFloat(values[name], 64)
		err = errors.Join(err, failure)
		return time.Duration(value * float64(time.Second))
	}
	l := load{
		writePercent: int(number("write-percent")),
		window:       int(number("window")),
		valueBytes:   int(number("value-bytes")),
		read:         values["read"],
		keys:         number("keys"),
		fill:         number("fill"),
		warmUp:       seconds("warm-up"),
		seconds:      seconds("seconds"),
	}
	if number("watchers") > 0 || number("ttl-millis") > 0 {
		err = errors.Join(err, errors.New("watches and keys that expire are not driven here"))
	}
	if l.read == "lease" && l.writePercent < 100 {
		err = errors.Join(err, errors.New("etcd has no lease reads"))
	}
	return l, err
}

func words(fields []string) map[string]string {
	values := map[string]string{}
	for _, field := range fields {
		if name, value, found := strings.Cut(field, "="); found {
			values[name] = value
		}
	}
	return values
}

func say(answer string) {
	fmt.Println("@" + answer)
}
