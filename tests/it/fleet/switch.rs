//! A network of our own: each node in a namespace with its own cable to one switch, so that a node can be unplugged
//! from database, messenger and people at once, as a machine room does it. Nobody is told; packets just end.
//!
//! Needs the rights of root and `ip`; without them there is none, and partitions are lines that swallow.

use std::process::{Command, Stdio};

/// The switch and its cables; they go with it.
pub(super) struct Switch {
    /// Tells this process' networks from others on the machine.
    name: String,
    ports: usize,
}

/// A node's place on the switch.
pub(super) struct Port {
    /// The namespace to run the node in.
    pub(super) namespace: String,
    /// Its address there.
    pub(super) address: String,
}

impl Switch {
    /// A switch for so many nodes; `None` where we may not make one.
    pub(super) fn with_ports(ports: usize) -> Option<Self> {
        let name = format!("ta{}", std::process::id() % 100_000);
        let switch = Self { name, ports };
        switch.build().then_some(switch)
    }

    fn build(&self) -> bool {
        let bridge = &self.name;
        let made = ip(&["link", "add", bridge, "type", "bridge"])
            && ip(&["addr", "add", &format!("{}/24", Self::here()), "dev", bridge])
            && ip(&["link", "set", bridge, "up"]);
        made && (0..self.ports).all(|n| self.lay(n))
    }

    fn lay(&self, n: usize) -> bool {
        let Port { namespace, address } = self.port(n);
        let (near, far) = (self.cable(n), format!("{}f{n}", self.name));
        ip(&["netns", "add", &namespace])
            && ip(&["link", "add", &near, "type", "veth", "peer", "name", &far])
            && ip(&["link", "set", &far, "netns", &namespace])
            && ip(&["link", "set", &near, "up"])
            && ip(&["-n", &namespace, "addr", "add", &format!("{address}/24"), "dev", &far])
            && ip(&["-n", &namespace, "link", "set", &far, "up"])
            && ip(&["-n", &namespace, "link", "set", "lo", "up"])
            && self.plugged(n, true)
    }

    /// Plugs a node's cable in or pulls it out.
    pub(super) fn plugged(&self, n: usize, plugged: bool) -> bool {
        let cable = self.cable(n);
        if plugged {
            ip(&["link", "set", &cable, "master", &self.name])
        } else {
            ip(&["link", "set", &cable, "nomaster"])
        }
    }

    /// The place of a node.
    pub(super) fn port(&self, n: usize) -> Port {
        Port { namespace: format!("{}n{n}", self.name), address: address(n + 2) }
    }

    /// The address of the test on this network.
    pub(super) fn here() -> String {
        address(1)
    }

    /// Does something in a namespace; a socket made there stays there, whoever uses it.
    pub(super) fn within<Out: Send>(namespace: &str, act: impl FnOnce() -> Out + Send) -> Out {
        use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
        let door = std::fs::File::open(format!("/run/netns/{namespace}")).expect("a namespace");
        let there = move || {
            let network = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(std::os::fd::AsFd::as_fd(&door), network).expect("the rights of root");
            act()
        };
        // in a thread of its own, which ends there
        std::thread::scope(|scope| scope.spawn(there).join().expect("no panic"))
    }

    fn cable(&self, n: usize) -> String {
        format!("{}c{n}", self.name)
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        for n in 0..self.ports {
            ip(&["link", "del", &self.cable(n)]);
            ip(&["netns", "del", &self.port(n).namespace]);
        }
        ip(&["link", "del", &self.name]);
    }
}

/// An address on the network of this process.
fn address(host: usize) -> String {
    format!("10.231.{}.{host}", std::process::id() % 250)
}

fn ip(args: &[&str]) -> bool {
    Command::new("ip").args(args).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}
