#pragma once

#include "options.h"

// Each runs one command and returns its exit code.  Throw base::Error.
int run_rounds(const Options& options);
int run_check(const Options& options);
int run_list(const Options& options);
int run_test(const Options& options);
int run_demo(const Options& options);
int run_history(const Options& options);
int run_undo(const Options& options);
int run_repair(const Options& options);
int run_notify_test(const Options& options);
int run_init(const Options& options);
