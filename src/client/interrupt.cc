#include "client/interrupt.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

namespace rawhaul::client {
namespace {

sigset_t InterruptSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

InterruptWatch::InterruptWatch() {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = InterruptSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  waiter_ = std::thread([this, signals] {
    for (int signal = 0; sigwait(&signals, &signal) == 0 && !ending_;) {
      if (!source_.request_stop()) ::_exit(kInterruptedStatus);
    }
  });
}

InterruptWatch::~InterruptWatch() {
  ending_ = true;
  pthread_kill(waiter_.native_handle(), SIGINT);
  waiter_.join();
  const sigset_t signals = InterruptSignals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace rawhaul::client
