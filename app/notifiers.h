#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "notify/service.h"

// The services that are enabled, in the order of the configuration's keys.
std::vector<notify::Service> notifiers_of(const config::Notification& config);

std::vector<std::string> names_of(const std::vector<notify::Service>& services);
