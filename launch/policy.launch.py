"""The policy node on a robot: cameras and joint states in, commands out. docs/launch.md describes the arguments."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

BOOLEANS = ['use_sim_time', 'shadow', 'autostart']


def node(context):
    def value(name):
        return LaunchConfiguration(name).perform(context)

    # What was not given is left to params_file, and to the node's own defaults after that.
    parameters = {name: value(name).lower() == 'true' for name in BOOLEANS if value(name)}
    parameters.update({name: value(name) for name in ['policy_path', 'robot', 'normalization'] if value(name)})
    return [Node(
        package='flowmatching',
        executable='flowmatching',
        name='flowmatching',
        namespace=value('namespace'),
        arguments=['run', '--transport=' + value('transport')],
        parameters=[file for file in [value('params_file')] if file] + [parameters],
        output='screen',
    )]


def generate_launch_description():
    booleans = {'default_value': '', 'choices': ['', 'true', 'false', 'True', 'False']}
    return LaunchDescription([
        DeclareLaunchArgument(
            'policy_path', default_value='',
            description='Directory of the checkpoint, or its name on the hub.'),
        DeclareLaunchArgument(
            'robot', default_value='',
            description='Robot file, or the name of one in config/robots.'),
        DeclareLaunchArgument(
            'transport', default_value='auto', choices=['auto', 'rcl', 'rcljava', 'dds'],
            description="How the robot is reached: rcl is ROS itself on its RMW, rcljava a node of the workspace's rcljava, dds needs no ROS; auto takes rcl."),
        DeclareLaunchArgument(
            'namespace', default_value='',
            description='Namespace of the node.'),
        DeclareLaunchArgument(
            'params_file', default_value='',
            description='Parameters of the node (docs/parameters.md). Arguments of this file override it.'),
        DeclareLaunchArgument(
            'normalization', default_value='', choices=['', 'checkpoint', 'none'],
            description='none: feed the network raw values, for a policy without statistics. Not given: as params_file says, else checkpoint.'),
        DeclareLaunchArgument(
            'use_sim_time', **booleans,
            description='Follow /clock. Not given: as params_file says, else false.'),
        DeclareLaunchArgument(
            'shadow', **booleans,
            description='Do everything but publish commands. Not given: as params_file says, else false.'),
        DeclareLaunchArgument(
            'autostart', **booleans,
            description='Become active without waiting for ~/enable. Not given: as params_file says, else false.'),
        OpaqueFunction(function=node),
    ])
