// SPDX-License-Identifier: Apache-2.0
#pragma once

/// All that a program needs to have drydock upgrade its fleet. The headers named here
/// can be included one by one. For coroutines there is <drydock/coroutine.hpp>, for
/// users of the C++ Actor Framework <drydock/actors.hpp>.
#include <drydock/action_inspection.hpp>
#include <drydock/driver.hpp>
#include <drydock/engine.hpp>
#include <drydock/instance.hpp>
#include <drydock/log.hpp>
#include <drydock/prober.hpp>
#include <drydock/rehearsal.hpp>
#include <drydock/result.hpp>
#include <drydock/scale_set.hpp>
#include <drydock/store_options.hpp>
#include <drydock/unfinished_upgrade.hpp>
#include <drydock/upgrade.hpp>
#include <drydock/version.hpp>
